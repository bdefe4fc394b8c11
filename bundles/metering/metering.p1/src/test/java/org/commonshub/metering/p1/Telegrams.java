package org.commonshub.metering.p1;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.HexFormat;
import java.util.Locale;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/** A meter's side of P1, written for tests: telegrams of every country, check sums, encryption. */
final class Telegrams {
  static final String KEY = "5A7C3E91D20846BFA1B39CD4E7F06218";
  static final String TITLE = "5341476701020304";
  static final String LUXEMBOURG_AUTHENTICATION = "00112233445566778899AABBCCDDEEFF";

  /** Dutch, DSMR 2.2: no check sum, a gas value on a line of its own. */
  static final String DSMR_22 =
      """
      /KMP5 ZABF001587315111

      0-0:96.1.1(205C4D246333034353537383234323121)
      1-0:1.8.1(00185.123*kWh)
      1-0:1.8.2(00084.456*kWh)
      1-0:2.8.1(00013.007*kWh)
      1-0:2.8.2(00019.003*kWh)
      0-0:96.14.0(0001)
      1-0:1.7.0(0000.98*kW)
      1-0:2.7.0(0000.00*kW)
      0-0:17.0.0(999*A)
      0-0:96.3.10(1)
      0-0:96.13.1()
      0-0:96.13.0()
      0-1:24.1.0(3)
      0-1:96.1.0(3238313031453631373038389930337131)
      0-1:24.3.0(120517020000)(08)(60)(1)(0-1:24.2.1)(m3)
      (00124.477)
      0-1:24.4.0(1)
      !
      """;

  /** Dutch, DSMR 3.0, with a text message and heat on a second channel. */
  static final String DSMR_3 =
      """
      /ISk5\\2ME382-1004

      0-0:96.1.1(4B414C37303035303739363336333132)
      1-0:1.8.1(00608.400*kWh)
      1-0:1.8.2(00490.342*kWh)
      1-0:2.8.1(00000.001*kWh)
      1-0:2.8.2(00000.000*kWh)
      0-0:96.14.0(0002)
      1-0:1.7.0(0000.00*kW)
      1-0:2.7.0(0001.51*kW)
      0-0:17.0.0(0999.00*kW)
      0-0:96.3.10(1)
      0-0:96.13.1(3031303233)
      0-0:96.13.0(48657420697320766F6C2E)
      0-1:24.1.0(03)
      0-1:96.1.0(3238313031353431303034303232323131)
      0-1:24.3.0(121030140000)(00)(60)(1)(0-1:24.2.1)(m3)
      (00024.123)
      0-1:24.4.0(1)
      0-2:24.1.0(04)
      0-2:96.1.0(3030303132333435)
      0-2:24.3.0(121030140000)(000000)(60)(1)(0-2:24.2.1)(GJ)(00009.000)
      !
      """;

  /** Dutch, DSMR 4.2. */
  static final String DSMR_4 =
      """
      /KFM5KAIFA-METER

      1-3:0.2.8(42)
      0-0:1.0.0(160905082237S)
      0-0:96.1.1(4530303236303030303237363934333135)
      1-0:1.8.1(001859.154*kWh)
      1-0:1.8.2(001420.110*kWh)
      1-0:2.8.1(000070.001*kWh)
      1-0:2.8.2(000212.050*kWh)
      0-0:96.14.0(0002)
      1-0:1.7.0(00.000*kW)
      1-0:2.7.0(00.333*kW)
      0-0:96.7.21(00006)
      0-0:96.7.9(00004)
      1-0:99.97.0(2)(0-0:96.7.19)(160409152415S)(0000002240*s)(160512151004S)(0000000301*s)
      1-0:32.32.0(00000)
      1-0:32.36.0(00000)
      0-0:96.13.1()
      0-0:96.13.0()
      1-0:31.7.0(001*A)
      1-0:21.7.0(00.000*kW)
      1-0:22.7.0(00.333*kW)
      0-1:24.1.0(003)
      0-1:96.1.0(4730303332353631323736393739323135)
      0-1:24.2.1(160905080000S)(00807.234*m3)
      !
      """;

  /** Dutch, DSMR 5.0, three phases, four sub-meters. */
  static final String DSMR_5 =
      """
      /Ene5\\T210-D ESMR5.0

      1-3:0.2.8(50)
      0-0:1.0.0(230118091502W)
      0-0:96.1.1(4530303437303030303037363330383137)
      1-0:1.8.1(004611.120*kWh)
      1-0:1.8.2(005302.900*kWh)
      1-0:2.8.1(001100.001*kWh)
      1-0:2.8.2(002200.020*kWh)
      0-0:96.14.0(0002)
      1-0:1.7.0(00.519*kW)
      1-0:2.7.0(00.000*kW)
      0-0:96.7.21(00012)
      0-0:96.7.9(00003)
      1-0:99.97.0(1)(0-0:96.7.19)(190102030405W)(0000000240*s)
      1-0:32.32.0(00002)
      1-0:52.32.0(00001)
      1-0:72.32.0(00000)
      1-0:32.36.0(00000)
      1-0:52.36.0(00003)
      1-0:72.36.0(00000)
      0-0:96.13.0()
      1-0:32.7.0(229.0*V)
      1-0:52.7.0(231.4*V)
      1-0:72.7.0(230.5*V)
      1-0:31.7.0(000*A)
      1-0:51.7.0(003*A)
      1-0:71.7.0(001*A)
      1-0:21.7.0(00.000*kW)
      1-0:41.7.0(00.600*kW)
      1-0:61.7.0(00.101*kW)
      1-0:22.7.0(00.182*kW)
      1-0:42.7.0(00.000*kW)
      1-0:62.7.0(00.000*kW)
      0-1:24.1.0(003)
      0-1:96.1.0(4730303339303031373434313432303137)
      0-1:24.2.1(230118091000W)(05012.811*m3)
      0-2:24.1.0(007)
      0-2:96.1.0(5730303132333435)
      0-2:24.2.1(230118090000W)(00321.004*m3)
      0-3:24.1.0(012)
      0-3:96.1.0(4830303132333435)
      0-3:24.2.1(230118080000W)(00018.250*GJ)
      0-4:24.1.0(002)
      0-4:96.1.0(4530303132333435)
      0-4:24.2.1(230118091500W)(000777.123*kWh)
      !
      """;

  /** Belgian, e-MUCS-P1 1.7: peaks, gas that is not temperature corrected, water. */
  static final String BELGIUM =
      """
      /FLU5\\253967035_D

      0-0:96.1.4(50217)
      0-0:96.1.1(3153414733313030323034353637)
      0-0:96.1.2(353431343438383230303035363738393031)
      0-0:1.0.0(240314103011W)
      1-0:1.8.1(002001.504*kWh)
      1-0:1.8.2(003000.006*kWh)
      1-0:2.8.1(000400.700*kWh)
      1-0:2.8.2(000050.080*kWh)
      0-0:96.14.0(0001)
      1-0:1.4.0(01.024*kW)
      1-0:1.6.0(240302184500W)(04.872*kW)
      0-0:98.1.0(2)(1-0:1.6.0)(1-0:1.6.0)(240201000000W)(240115181500W)(05.120*kW)(240301000000W)(240210114500W)(04.401*kW)
      1-0:1.7.0(00.000*kW)
      1-0:2.7.0(01.250*kW)
      1-0:21.7.0(00.000*kW)
      1-0:41.7.0(00.100*kW)
      1-0:61.7.0(00.050*kW)
      1-0:22.7.0(01.400*kW)
      1-0:42.7.0(00.000*kW)
      1-0:62.7.0(00.000*kW)
      1-0:32.7.0(234.1*V)
      1-0:52.7.0(233.9*V)
      1-0:72.7.0(235.6*V)
      1-0:31.7.0(006.02*A)
      1-0:51.7.0(000.61*A)
      1-0:71.7.0(000.32*A)
      0-0:96.3.10(1)
      0-0:17.0.0(999.9*kW)
      1-0:31.4.0(999*A)
      0-0:96.13.0()
      0-1:24.1.0(003)
      0-1:96.1.1(37464C4F32313230303031323334)
      0-1:96.1.2(353431343438383230303030303030303031)
      0-1:24.4.0(1)
      0-1:24.2.3(240314102502W)(01234.567*m3)
      0-2:24.1.0(007)
      0-2:96.1.1(38534147323030303132333435)
      0-2:24.2.1(240314102800W)(00111.222*m3)
      !
      """;

  /** Luxembourg, what is inside of the encryption. */
  static final String LUXEMBOURG =
      """
      /Lux5\\253700001_B

      1-3:0.2.8(42)
      0-0:1.0.0(220719141530S)
      0-0:42.0.0(53414731303330373030313233343536)
      1-0:1.8.0(003001.250*kWh)
      1-0:2.8.0(009010.750*kWh)
      1-0:3.8.0(000100.200*kvarh)
      1-0:4.8.0(000900.300*kvarh)
      1-0:1.7.0(00.000*kW)
      1-0:2.7.0(04.120*kW)
      1-0:3.7.0(00.000*kvar)
      1-0:4.7.0(00.215*kvar)
      0-0:17.0.0(027.6*kVA)
      1-0:9.7.0(00.000*kVA)
      1-0:10.7.0(04.126*kVA)
      1-1:31.4.0(040*A)(-040*A)
      0-0:96.3.10(1)
      0-1:96.3.10(0)
      0-2:96.3.10(0)
      0-0:96.7.21(00021)
      1-0:32.32.0(00002)
      0-0:96.13.0()
      0-0:96.13.2()
      1-0:32.7.0(241.0*V)
      1-0:52.7.0(240.0*V)
      1-0:72.7.0(242.0*V)
      1-0:31.7.0(006*A)
      1-0:51.7.0(006*A)
      1-0:71.7.0(005*A)
      1-0:21.7.0(00.000*kW)
      1-0:41.7.0(00.000*kW)
      1-0:61.7.0(00.000*kW)
      1-0:22.7.0(01.400*kW)
      1-0:42.7.0(01.380*kW)
      1-0:62.7.0(01.340*kW)
      1-0:23.7.0(00.000*kvar)
      1-0:24.7.0(00.071*kvar)
      0-1:24.1.0(003)
      0-1:96.1.0(473730303031)
      0-1:24.2.1(220719140000S)(00045.678*m3)
      !
      """;

  /** Swedish industry recommendation: winter time all year, reactive values per phase. */
  static final String SWEDEN =
      """
      /ELL5\\253800123_A

      0-0:1.0.0(240701130510W)
      1-0:1.8.0(00012345.678*kWh)
      1-0:2.8.0(00000234.005*kWh)
      1-0:3.8.0(00000099.100*kvarh)
      1-0:4.8.0(00000800.200*kvarh)
      1-0:1.7.0(0002.345*kW)
      1-0:2.7.0(0000.000*kW)
      1-0:3.7.0(0000.000*kvar)
      1-0:4.7.0(0000.420*kvar)
      1-0:21.7.0(0001.500*kW)
      1-0:41.7.0(0000.445*kW)
      1-0:61.7.0(0000.400*kW)
      1-0:22.7.0(0000.000*kW)
      1-0:42.7.0(0000.000*kW)
      1-0:62.7.0(0000.000*kW)
      1-0:23.7.0(0000.000*kvar)
      1-0:43.7.0(0000.010*kvar)
      1-0:63.7.0(0000.000*kvar)
      1-0:24.7.0(0000.200*kvar)
      1-0:44.7.0(0000.000*kvar)
      1-0:64.7.0(0000.230*kvar)
      1-0:32.7.0(231.5*V)
      1-0:52.7.0(232.6*V)
      1-0:72.7.0(230.7*V)
      1-0:31.7.0(006.5*A)
      1-0:51.7.0(001.9*A)
      1-0:71.7.0(001.8*A)
      !
      """;

  /** Hungarian: totals and tariffs, reactive power by quadrant, a buffer of the last month. */
  static final String HUNGARY =
      """
      /SAG5SAG-METER

      0-0:1.0.0(230905174210S)
      0-0:42.0.0(53414733303830303031323334353637)
      0-0:96.1.0(383930383030303132333435)
      0-0:96.14.0(0002)
      0-0:96.50.68(ON)
      0-0:17.0.0(90.000*kW)
      1-0:1.8.0(000300.500*kWh)
      1-0:1.8.1(000100.250*kWh)
      1-0:1.8.2(000200.250*kWh)
      1-0:1.8.3(000000.000*kWh)
      1-0:1.8.4(000000.000*kWh)
      1-0:2.8.0(000700.007*kWh)
      1-0:2.8.1(000500.005*kWh)
      1-0:2.8.2(000200.002*kWh)
      1-0:2.8.3(000000.000*kWh)
      1-0:2.8.4(000000.000*kWh)
      1-0:3.8.0(000001.100*kvarh)
      1-0:4.8.0(000303.300*kvarh)
      1-0:5.8.0(000000.600*kvarh)
      1-0:6.8.0(000000.500*kvarh)
      1-0:7.8.0(000160.100*kvarh)
      1-0:8.8.0(000143.200*kvarh)
      1-0:15.8.0(001000.507*kWh )
      1-0:32.7.0(238.4*V)
      1-0:52.7.0(239.1*V)
      1-0:72.7.0(237.2*V)
      1-0:31.7.0(003*A)
      1-0:51.7.0(004*A)
      1-0:71.7.0(002*A)
      1-0:13.7.0(0.987)
      1-0:33.7.0(0.990)
      1-0:53.7.0(4.542)
      1-0:73.7.0(-0.75)
      1-0:14.7.0(49.98*Hz)
      1-0:1.7.0(00.000*kW)
      1-0:2.7.0(02.010*kW)
      1-0:5.7.0(00.010*kvar)
      1-0:6.7.0(00.020*kvar)
      1-0:7.7.0(00.500*kvar)
      1-0:8.7.0(00.004*kvar)
      1-0:31.4.0(200.00*A)
      0-0:98.1.0(230901000000S)(000040.777*kWh)(000008.950*kWh)(000031.827*kWh)(000061.167*kvarh)(03.564*kW)
      0-0:96.13.0(\u00FF\u00FF\u00FF\u00FF)
      !
      """;

  /** Austrian, whole watts. */
  static final String AUSTRIA =
      """
      /EST5\\253700009_A

      1-3:0.2.8(50)
      0-0:1.0.0(221106155014W)
      1-0:1.8.0(006000766*Wh)
      1-0:1.8.1(005000120*Wh)
      1-0:1.8.2(001000646*Wh)
      1-0:1.7.0(000000286*W)
      1-0:2.8.0(000000058*Wh)
      1-0:2.8.1(000000000*Wh)
      1-0:2.8.2(000000058*Wh)
      1-0:2.7.0(000000000*W)
      1-0:3.8.0(000000747*varh)
      1-0:3.7.0(000000000*var)
      1-0:4.8.0(003000726*varh)
      1-0:4.7.0(000000166*var)
      !
      """;

  private Telegrams() {}

  /** The bytes of a telegram: CR LF as line ends, as it is without check sum. */
  static byte[] bare(String text) {
    return text.replace("\n", "\r\n").getBytes(StandardCharsets.ISO_8859_1);
  }

  /** The bytes of a telegram with CRC-16/ARC. */
  static byte[] sealed(String text) {
    String body = text.replace("\n", "\r\n").strip();
    return (body
            + String.format(
                Locale.ROOT, "%04X", crc(body.getBytes(StandardCharsets.ISO_8859_1), 0xA001, 0))
            + "\r\n")
        .getBytes(StandardCharsets.ISO_8859_1);
  }

  /** The bytes of a telegram with CRC-16/X-25. */
  static byte[] sealedByX25(String text) {
    String body = text.replace("\n", "\r\n").strip();
    int sum = crc(body.getBytes(StandardCharsets.ISO_8859_1), 0x8408, 0xFFFF) ^ 0xFFFF;
    return (body + String.format(Locale.ROOT, "%04X", sum) + "\r\n")
        .getBytes(StandardCharsets.ISO_8859_1);
  }

  /** Bit by bit, so that it shares nothing with the driver's. */
  static int crc(byte[] bytes, int polynomial, int begin) {
    int sum = begin;
    for (byte each : bytes) {
      for (int bit = 0; bit < 8; bit++) {
        boolean odd = ((sum ^ each >> bit) & 1) != 0;
        sum >>>= 1;
        if (odd) {
          sum ^= polynomial;
        }
      }
    }
    return sum;
  }

  /** An encrypted telegram as meters of Luxembourg send it. */
  static byte[] encrypted(byte[] telegram, long counter) {
    return encrypted(telegram, counter, KEY, LUXEMBOURG_AUTHENTICATION, TITLE);
  }

  static byte[] encrypted(
      byte[] telegram, long counter, String key, String authentication, String title) {
    try {
      HexFormat hex = HexFormat.of();
      byte[] vector =
          ByteBuffer.allocate(12).put(hex.parseHex(title)).putInt((int) counter).array();
      Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
      cipher.init(
          Cipher.ENCRYPT_MODE,
          new SecretKeySpec(hex.parseHex(key), "AES"),
          new GCMParameterSpec(96, vector));
      cipher.updateAAD(hex.parseHex("30" + authentication));
      byte[] sealed = cipher.doFinal(telegram);
      int size = 5 + sealed.length;
      ByteArrayOutputStream frame = new ByteArrayOutputStream();
      frame.write(0xDB);
      frame.write(8);
      frame.writeBytes(hex.parseHex(title));
      if (size > 0xFF) {
        frame.write(0x82);
        frame.write(size >> 8);
      } else if (size > 0x7F) {
        frame.write(0x81);
      }
      frame.write(size);
      frame.write(0x30);
      frame.writeBytes(ByteBuffer.allocate(4).putInt((int) counter).array());
      frame.writeBytes(sealed);
      return frame.toByteArray();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }
}
