package org.commonshub.metering.p1;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.commonshub.measure.api.DeviceRole;
import org.commonshub.metering.api.DriverDescription.Model;

/**
 * Meters whose telegrams are known to fit, with the standard that says how they speak: makers
 * publish no document of their own on P1.
 */
final class Models {
  private static final String DSMR_22 = "Netbeheer Nederland, DSMR P1 2.2";
  private static final String DSMR_3 = "Netbeheer Nederland, DSMR P1 Companion Standard 3.0";
  private static final String DSMR_4 = "Netbeheer Nederland, DSMR P1 Companion Standard 4.2.2";
  private static final String DSMR_5 = "Netbeheer Nederland, DSMR P1 Companion Standard 5.0.2";
  private static final String BELGIUM = "Fluvius, e-MUCS-P1 1.7";
  private static final String LUXEMBOURG = "Luxmetering, E-Meter P1 Specification";
  private static final String SWEDEN =
      "Energiföretagen Sverige, Branschrekommendation för lokalt kundgränssnitt för elmätare";
  private static final String HUNGARY = "E.ON Hungária, user guide of the P1 port of smart meters";
  private static final String AUSTRIA =
      "Energienetze Steiermark, description of the customer interface P1";

  static final List<Model> ALL = all();

  private Models() {}

  private static List<Model> all() {
    List<Model> models = new ArrayList<>();
    electricity(models, "Kamstrup", "KMP5 (DSMR 2.2)", DSMR_22);
    electricity(models, "Iskraemeco", "MT382 (DSMR 2.2, 3)", DSMR_3);
    electricity(models, "Landis+Gyr", "E350 ZCF110 (DSMR 4)", DSMR_4);
    electricity(models, "Kaifa", "KAIFA-METER (DSMR 4)", DSMR_4);
    electricity(models, "Landis+Gyr", "E360 (ESMR 5)", DSMR_5);
    electricity(models, "Iskraemeco", "AM550 (ESMR 5)", DSMR_5);
    electricity(models, "Sagemcom", "XS210, T210-D (ESMR 5)", DSMR_5);
    electricity(models, "Sagemcom", "T211 (Belgium)", BELGIUM);
    electricity(
        models,
        "Sagemcom",
        "Smarty (Luxembourg; with key)",
        LUXEMBOURG,
        P1Settings.TIME_ZONE,
        "Europe/Luxembourg");
    electricity(
        models,
        "Sagemcom",
        "T210-D-r (Austria; with keys)",
        AUSTRIA,
        P1Settings.TIME_ZONE,
        "Europe/Vienna");
    for (String meter :
        List.of(
            "Aidon 6534 with RJ12",
            "Landis+Gyr E360",
            "Sagemcom T211",
            "Kaifa MA304H4E, CL109",
            "Itron A300",
            "Sanxing S34U18")) {
      int space = meter.indexOf(' ');
      electricity(
          models,
          meter.substring(0, space),
          meter.substring(space + 1) + " (Sweden)",
          SWEDEN,
          P1Settings.TIME_ZONE,
          "Europe/Stockholm");
    }
    electricity(
        models,
        "Sagemcom",
        "SAG-METER (Hungary)",
        HUNGARY,
        P1Settings.TIME_ZONE,
        "Europe/Budapest");
    electricity(
        models,
        "Holley",
        "DTSD545 (Hungary)",
        HUNGARY,
        P1Settings.TIME_ZONE,
        "Europe/Budapest",
        P1Settings.CHECKSUM,
        "x25");
    subMeter(models, "Gas meter on M-Bus channel 1", DeviceRole.GAS_METER, "1", DSMR_5);
    subMeter(models, "Water meter on M-Bus channel 2", DeviceRole.WATER_METER, "2", BELGIUM);
    subMeter(models, "Heat meter on M-Bus channel 1", DeviceRole.HEAT_METER, "1", DSMR_5);
    subMeter(models, "Electricity meter on M-Bus channel 4", DeviceRole.SUB_METER, "4", DSMR_5);
    return List.copyOf(models);
  }

  private static void electricity(
      List<Model> models, String maker, String model, String source, String... settings) {
    Map<String, String> given = new HashMap<>();
    given.put(P1Settings.CHANNEL, P1Settings.MAIN);
    for (int i = 0; i < settings.length; i += 2) {
      given.put(settings[i], settings[i + 1]);
    }
    models.add(new Model(maker, model, DeviceRole.GRID_METER, Map.copyOf(given), source));
  }

  private static void subMeter(
      List<Model> models, String model, DeviceRole role, String channel, String source) {
    models.add(new Model("Any", model, role, Map.of(P1Settings.CHANNEL, channel), source));
  }
}
