package org.example.sunny.surplus;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.commonshub.apps.api.Card;
import org.commonshub.apps.api.Card.Field;

/** The form that a plan is entered with. */
record PlanForm(Locale locale, Plan plan) {
  Card.Form form(boolean departure, boolean battery, List<Charger> chargers) {
    List<Field> fields = new ArrayList<>();
    fields.add(
        choice(
            "mode",
            Say.MODE,
            List.of("off", "surplus", "minimum").get(plan.mode().ordinal()),
            said("off", Say.MODE_OFF, "surplus", Say.MODE_SURPLUS, "minimum", Say.MODE_MINIMUM)));
    fields.add(
        choice(
            "idle",
            Say.IDLE,
            plan.handBack() ? "hand-back" : "pause",
            said("pause", Say.IDLE_PAUSE, "hand-back", Say.IDLE_BACK)));
    Map<String, String> phases = new LinkedHashMap<>();
    for (int i = 1; i <= 3; i++) {
      phases.put(String.valueOf(i), String.valueOf(i));
    }
    fields.add(choice("phases", Say.PHASES, String.valueOf(plan.phases()), phases));
    if (battery) {
      fields.add(
          choice(
              "battery",
              Say.BATTERY_CHOICE,
              plan.carFirst() ? "last" : "first",
              said("first", Say.BATTERY_FIRST, "last", Say.BATTERY_LAST)));
    }
    if (departure) {
      fields.add(
          field("departure", Say.LEAVES, Field.Kind.TIME, Plan.time(plan.departure()), Map.of()));
      fields.add(
          new Field(
              "energy",
              Say.NEEDED.in(locale),
              Field.Kind.NUMBER,
              String.valueOf(plan.wattHours() / 1000),
              Optional.of(BigDecimal.ZERO),
              Optional.of(BigDecimal.valueOf(Plan.MAX_KWH)),
              Map.of()));
    }
    if (chargers.size() > 1) {
      Map<String, String> names = new LinkedHashMap<>();
      chargers.stream()
          .limit(20)
          .forEach(
              charger -> {
                String name = charger.current().name();
                names.put(
                    charger.device().toString(),
                    name.isBlank() ? "-" : name.substring(0, Math.min(80, name.length())));
              });
      String first = names.keySet().iterator().next();
      fields.add(
          choice(
              "charger",
              Say.CHARGER,
              names.containsKey(plan.charger()) ? plan.charger() : first,
              names));
    }
    return new Card.Form("plan", Say.PLAN.in(locale), fields, Say.SAVE.in(locale));
  }

  private Map<String, String> said(Object... pairs) {
    Map<String, String> said = new LinkedHashMap<>();
    for (int i = 0; i < pairs.length; i += 2) {
      said.put((String) pairs[i], ((Say) pairs[i + 1]).in(locale));
    }
    return said;
  }

  private Field choice(String id, Say label, String value, Map<String, String> choices) {
    return field(id, label, Field.Kind.CHOICE, value, choices);
  }

  private Field field(
      String id, Say label, Field.Kind kind, String value, Map<String, String> choices) {
    return new Field(
        id, label.in(locale), kind, value, Optional.empty(), Optional.empty(), choices);
  }
}
