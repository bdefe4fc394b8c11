package org.commonshub.metering.dlms;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Finds what a list says about which register, in the ways makers arrange it:
 *
 * <ul>
 *   <li>names and values one after the other, each with or without {scaler, unit}, in structures of
 *       their own or not;
 *   <li>the push object list first, then its values in the same order (IEC 62056-6-2, push setup);
 *   <li>values without names, see {@link Layouts}.
 * </ul>
 *
 * Pure.
 */
final class Lists {
  private final List<Entry> entries = new ArrayList<>();

  private Lists() {}

  /**
   * Entries of a list; none if it has no names and no known layout.
   *
   * @param maker flag letters of the maker, if known
   */
  static List<Entry> of(Data body, String maker) {
    Lists lists = new Lists();
    if (!lists.byObjectList(body)) {
      lists.walk(body.items());
    }
    boolean named = lists.entries.stream().anyMatch(entry -> entry.value().isNumber());
    if (!named && body.type() == Data.STRUCTURE) {
      List<Entry> known = Layouts.entries(body.items(), maker);
      if (!known.isEmpty()) {
        return known;
      }
    }
    return List.copyOf(lists.entries);
  }

  private void walk(List<Data> items) {
    Optional<Obis> name = Optional.empty();
    for (Data item : items) {
      if (scaled(item)) {
        name = Optional.empty();
      } else if (name.isPresent()) {
        entries.add(new Entry(name.get(), item, 0, Entry.NO_UNIT));
        name = Optional.empty();
      } else if (tuple(item)) {
        continue; // Says where values come from, not how much.
      } else if (item.obis().isPresent()) {
        name = item.obis();
      } else {
        walk(item.items());
      }
    }
  }

  /** {scaler, unit} belongs to the value before. */
  private boolean scaled(Data item) {
    if (!scalerAndUnit(item) || entries.isEmpty()) {
      return false;
    }
    int last = entries.size() - 1;
    Entry entry = entries.get(last);
    if (entry.unit() != Entry.NO_UNIT) {
      return false;
    }
    entries.set(last, scaled(entry, item));
    return true;
  }

  private static Entry scaled(Entry entry, Data scalerAndUnit) {
    return new Entry(
        entry.obis(),
        entry.value(),
        scalerAndUnit.items().get(0).number().intValue(),
        scalerAndUnit.items().get(1).number().intValue());
  }

  private static boolean scalerAndUnit(Data item) {
    return item.type() == Data.STRUCTURE
        && item.items().size() == 2
        && item.items().get(0).type() == Data.INTEGER
        && item.items().get(1).type() == Data.ENUM;
  }

  /** Class, logical name, attribute, index. */
  private static boolean tuple(Data item) {
    return item.type() == Data.STRUCTURE
        && item.items().size() >= 4
        && item.items().get(0).type() == Data.LONG_UNSIGNED
        && item.items().get(1).obis().isPresent()
        && item.items().get(2).type() == Data.INTEGER
        && item.items().get(3).type() == Data.LONG_UNSIGNED;
  }

  private static boolean hasObjectList(Data body) {
    if (body.type() != Data.STRUCTURE || body.items().isEmpty()) {
      return false;
    }
    Data list = body.items().get(0);
    return list.type() == Data.ARRAY
        && !list.items().isEmpty()
        && list.items().stream().allMatch(Lists::tuple);
  }

  /** Logical name of the push setup whose object list comes with the values; empty if none does. */
  static String pushSetup(Data body) {
    return hasObjectList(body)
        ? body.items().get(0).items().get(0).items().get(1).obis().orElseThrow().toString()
        : "";
  }

  private boolean byObjectList(Data body) {
    if (!hasObjectList(body)) {
      return false;
    }
    Data list = body.items().get(0);
    int count = Math.min(list.items().size(), body.items().size());
    for (int i = 1; i < count; i++) {
      Data tuple = list.items().get(i);
      Obis obis = tuple.items().get(1).obis().orElseThrow();
      int attribute = tuple.items().get(2).number().intValue();
      Data value = body.items().get(i);
      if (attribute == 2) {
        entries.add(new Entry(obis, value, 0, Entry.NO_UNIT));
      } else if (attribute == 3 && scalerAndUnit(value)) {
        entries.replaceAll(entry -> entry.obis().equals(obis) ? scaled(entry, value) : entry);
      }
    }
    return true;
  }
}
