package org.commonshub.metering.sunspec;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.commonshub.measure.api.DeviceRole;

/**
 * What a unit consists of: blocks that each begin with a model 1, as one device in one housing
 * does, and the parts of them that measure something. Pure functions of their arguments.
 */
final class Found {
  private static final List<Integer> INVERTERS = List.of(701, 103, 102, 101, 113, 112, 111);
  private static final List<Integer> METERS = List.of(203, 204, 202, 201, 213, 214, 212, 211);
  private static final List<Integer> BATTERIES = List.of(802, 713, 124);
  private static final List<Integer> STORAGE = List.of(802, 713);
  private static final List<Integer> DC = List.of(160, 714);

  /** Models that are read only when details are wanted. */
  private static final List<Integer> DETAILS =
      List.of(120, 121, 122, 123, 124, 702, 703, 704, 705, 706, 707, 708, 709, 710, 711, 712, 713);

  private Found() {}

  /** Kinds of parts, with the role they usually have. */
  enum Kind {
    INVERTER(DeviceRole.PV, INVERTERS),
    METER(DeviceRole.GRID_METER, METERS),
    BATTERY(DeviceRole.BATTERY, BATTERIES);

    private final DeviceRole role;
    private final List<Integer> mains;

    Kind(DeviceRole role, List<Integer> mains) {
      this.role = role;
      this.mains = mains;
    }

    DeviceRole role() {
      return role;
    }
  }

  /**
   * A model on a unit.
   *
   * @param id model id
   * @param address register of its id
   * @param length registers after id and length
   * @param words what was read of it; empty unless it is model 1
   */
  record Header(int id, int address, int length, int[] words) {}

  /**
   * A part that can be a device of the hub.
   *
   * @param kind kind
   * @param common model 1 of its block, if there is one
   * @param models models to read, the one that counts first
   */
  record Part(Kind kind, Optional<Header> common, List<Header> models) {
    /** Maker, model, serial number and firmware from model 1. */
    Map<String, String> identity() {
      Map<String, String> identity = new LinkedHashMap<>();
      if (common.isPresent()) {
        Model model = Models.of(1).orElseThrow();
        int[] words = common.get().words();
        put(identity, "maker", Decoder.text(model, "Mn", words));
        put(identity, "model", Decoder.text(model, "Md", words));
        put(identity, "serial", Decoder.text(model, "SN", words));
        put(identity, "firmware", Decoder.text(model, "Vr", words));
      }
      return Map.copyOf(identity);
    }

    private static void put(Map<String, String> identity, String key, String value) {
      if (!value.isEmpty()) {
        identity.put(key, value);
      }
    }
  }

  /** All parts of a kind, in the order of their models on the unit. */
  static List<Part> parts(List<Header> headers, Kind kind, boolean details) {
    List<Part> parts = new ArrayList<>();
    for (List<Header> block : blocks(headers)) {
      Optional<Header> common = first(block, List.of(1));
      switch (kind) {
        case INVERTER ->
            first(block, INVERTERS)
                .ifPresent(
                    main -> {
                      List<Header> models = new ArrayList<>(List.of(main));
                      first(block, DC).ifPresent(models::add);
                      parts.add(part(kind, common, models, block, details));
                    });
        case METER -> {
          for (Header header : block) {
            if (METERS.contains(header.id())) {
              parts.add(part(kind, common, List.of(header), List.of(), false));
            }
          }
        }
        case BATTERY ->
            first(block, BATTERIES)
                .ifPresent(
                    main -> {
                      List<Header> models = new ArrayList<>();
                      if (storageOnly(block)) {
                        first(block, List.of(701)).ifPresent(models::add);
                      }
                      models.add(main);
                      parts.add(part(kind, common, models, block, details));
                    });
      }
    }
    return parts;
  }

  /**
   * Parts that are devices of their own: of a battery with its own inverter the battery, which has
   * the inverter's power, and not the inverter as well.
   */
  static List<Part> devices(List<Header> headers, boolean details) {
    List<Part> devices = new ArrayList<>();
    for (List<Header> block : blocks(headers)) {
      for (Kind kind : Kind.values()) {
        if (kind != Kind.INVERTER || !storageOnly(block)) {
          devices.addAll(parts(block, kind, details));
        }
      }
    }
    return devices;
  }

  /** Whether the DER of a block is a battery's: storage, and no DC inputs beside it. */
  private static boolean storageOnly(List<Header> block) {
    return first(block, List.of(701)).isPresent()
        && first(block, STORAGE).isPresent()
        && first(block, DC).isEmpty();
  }

  private static Part part(
      Kind kind,
      Optional<Header> common,
      List<Header> models,
      List<Header> block,
      boolean details) {
    List<Header> all = new ArrayList<>(models);
    if (details) {
      block.stream()
          .filter(header -> DETAILS.contains(header.id()) && !all.contains(header))
          .forEach(all::add);
    }
    return new Part(kind, common, List.copyOf(all));
  }

  private static Optional<Header> first(List<Header> block, List<Integer> preferred) {
    for (int id : preferred) {
      for (Header header : block) {
        if (header.id() == id) {
          return Optional.of(header);
        }
      }
    }
    return Optional.empty();
  }

  private static List<List<Header>> blocks(List<Header> headers) {
    List<List<Header>> blocks = new ArrayList<>();
    for (Header header : headers) {
      if (header.id() == 1 || blocks.isEmpty()) {
        blocks.add(new ArrayList<>());
      }
      blocks.get(blocks.size() - 1).add(header);
    }
    return blocks;
  }

  /** Whether a unit has anything of a kind that deserves to be proposed as a device. */
  static boolean worthProposing(Part part) {
    // Many inverters list model 124 without a battery behind it.
    return part.kind() != Kind.BATTERY || part.models().stream().anyMatch(m -> m.id() != 124);
  }

  /** Kinds and model ids, for a sentence. */
  static String summary(List<Header> headers) {
    List<String> texts = new ArrayList<>();
    for (Kind kind : Kind.values()) {
      for (Part part : parts(headers, kind, false)) {
        texts.add(
            kind.name().toLowerCase(java.util.Locale.ROOT)
                + " (model "
                + part.models().get(0).id()
                + ")");
      }
    }
    return texts.isEmpty() ? "nothing that measures" : String.join(", ", texts);
  }
}
