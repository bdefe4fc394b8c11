package org.commonshub.metering.sml;

import java.util.ArrayList;
import java.util.List;
import org.commonshub.metering.api.DeviceException;

/**
 * What a meter says of its values: an SML_GetList.Res.
 *
 * @param server who says it; empty if not said
 * @param entries values in the order said
 */
record ValueList(Element.Octets server, List<Entry> entries) {
  private static final int GET_LIST_RESPONSE = 0x0701;
  private static final int MESSAGE = 6;
  private static final int VALUES = 4;
  private static final int ENTRY = 7;
  private static final int MESSAGES = 64;

  /**
   * One value: an SML_ListEntry.
   *
   * @param obis its code, groups A to F a byte each
   * @param status status word, or {@link Element#ABSENT}
   * @param unit code of DLMS (IEC 62056-6-2), or −1
   * @param scaler power of ten
   * @param value value
   */
  record Entry(long obis, Element status, int unit, int scaler, Element value) {
    /** A group of the code, A = 0. */
    int group(int index) {
      return (int) (obis >> (8 * (5 - index))) & 0xFF;
    }

    /** Whether groups A to E are these. */
    boolean is(int a, int b, int c, int d, int e) {
      return obis >> 8 == ((long) a << 32 | (long) b << 24 | c << 16 | d << 8 | e);
    }
  }

  /**
   * The value lists of a file. Other messages are skipped; times are, too, since meters rarely know
   * them.
   *
   * @throws DeviceException if a list cannot be trusted
   */
  static List<ValueList> of(byte[] file) throws DeviceException {
    List<ValueList> lists = new ArrayList<>();
    Tlv tlv = new Tlv(file);
    int messages = 0;
    while (tlv.more()) {
      if (tlv.peek() == 0) {
        tlv.take(); // Some fill up with zeros without counting them.
        continue;
      }
      if (++messages > MESSAGES) {
        throw Tlv.wrong("it has too many messages");
      }
      message(file, tlv, lists);
    }
    return lists;
  }

  /** Transaction, group, what to do on errors, body, check sum, end. */
  private static void message(byte[] file, Tlv tlv, List<ValueList> lists) throws DeviceException {
    int begin = tlv.position();
    if (tlv.list() != MESSAGE) {
      throw Tlv.wrong("a message has the wrong number of fields");
    }
    tlv.next();
    tlv.next();
    tlv.next();
    Element body = tlv.next();
    int end = tlv.position();
    Element sum = tlv.next();
    if (tlv.take() != 0) {
      throw Tlv.wrong("a message has no end");
    }
    if (!(body instanceof Element.Sequence choice
        && choice.at(0) instanceof Element.Whole tag
        && tag.value() == GET_LIST_RESPONSE)) {
      return;
    }
    if (!(sum instanceof Element.Whole whole
        && whole.width() <= 4
        && Crc16.fits(file, begin, end, (int) whole.unsigned()))) {
      throw Tlv.wrong("the check sum of a message is wrong");
    }
    if (!(choice.at(1) instanceof Element.Sequence response)) {
      throw Tlv.wrong("its list of values is missing");
    }
    lists.add(of(response));
  }

  /** Reads an SML_GetList.Res. */
  static ValueList of(Element.Sequence response) throws DeviceException {
    if (!(response.at(VALUES) instanceof Element.Sequence values)) {
      throw Tlv.wrong("its list of values is missing");
    }
    List<Entry> entries = new ArrayList<>(values.elements().size());
    for (Element value : values.elements()) {
      if (!(value instanceof Element.Sequence fields && fields.elements().size() == ENTRY)) {
        throw Tlv.wrong("an entry of its list has the wrong number of fields");
      }
      if (fields.at(0) instanceof Element.Octets obis && obis.length() == 6) {
        entries.add(
            new Entry(
                obis.number(0, 6),
                fields.at(1),
                fields.at(3) instanceof Element.Whole unit ? (int) unit.unsigned() & 0xFF : -1,
                fields.at(4) instanceof Element.Whole scaler
                    ? (int) Math.max(-128, Math.min(127, scaler.value()))
                    : 0,
                fields.at(5)));
      }
    }
    return new ValueList(
        response.at(1) instanceof Element.Octets server ? server : Element.Octets.NONE,
        List.copyOf(entries));
  }
}
