package org.commonshub.metering.http;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import org.commonshub.measure.api.DeviceRole;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.DeviceException.Kind;
import org.commonshub.metering.api.Discoverer;
import org.commonshub.metering.api.DriverContext;
import org.commonshub.metering.api.DriverDescription;
import org.commonshub.metering.api.DriverDescription.Model;
import org.commonshub.metering.api.DriverDescription.Option;
import org.commonshub.metering.api.DriverSession;
import org.commonshub.metering.api.MeterDriver;
import org.commonshub.metering.mapping.api.ShellyStatus;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;

/** Driver {@code http}. Thread-safe; no thread of its own. */
@Component(service = MeterDriver.class)
public final class HttpDriver implements MeterDriver, Discoverer {
  private static final String GEN2 = "Shelly API documentation, Gen2+ components and services";
  private static final String GEN1 = "Shelly API documentation, Gen1 family overview";

  private final List<Preset> presets = Preset.all();
  private final List<Option> options = HttpSettings.options(presets);
  private final DriverDescription description =
      new DriverDescription(
          "http",
          "Device with a local web interface",
          Set.of("http", "https"),
          80,
          options,
          models(presets),
          false,
          List.of("_shelly._tcp", "_hwenergy._tcp", "_enphase-envoy._tcp", "_http._tcp"));

  /** As in the hub. */
  @Activate
  public HttpDriver() {}

  private static List<Model> models(List<Preset> presets) {
    List<Model> models = new ArrayList<>();
    models.add(shelly("Pro 3EM, 3EM-63 Gen3", DeviceRole.GRID_METER, GEN2, HttpSettings.SHELLY));
    models.add(shelly("Pro EM-50, EM Gen3", DeviceRole.SUB_METER, GEN2, HttpSettings.SHELLY));
    models.add(
        shelly(
            "Plus Plug S, Plug S Gen3, Plus 1PM, Plus 2PM, Pro 1PM, Pro 2PM, Pro 4PM, 1PM Gen3",
            DeviceRole.LOAD,
            GEN2,
            HttpSettings.SHELLY));
    models.add(shelly("PM Mini, PM Mini Gen3", DeviceRole.SUB_METER, GEN2, HttpSettings.SHELLY));
    models.add(shelly("3EM, EM (Gen1)", DeviceRole.GRID_METER, GEN1, HttpSettings.SHELLY_GEN1));
    models.add(
        shelly(
            "Plug, Plug S, 1PM, 2.5, 4Pro (Gen1)",
            DeviceRole.LOAD,
            GEN1,
            HttpSettings.SHELLY_GEN1));
    models.add(
        new Model(
            "Tasmota",
            "Any device with a power meter",
            DeviceRole.LOAD,
            Map.of(HttpSettings.PRESET, HttpSettings.TASMOTA),
            "Tasmota documentation, Commands and Energy monitoring"));
    for (Preset preset : presets) {
      models.add(
          new Model(
              preset.facts().get("maker"),
              preset.facts().get("model"),
              preset.role(),
              Map.of(HttpSettings.PRESET, preset.name()),
              preset.facts().get("source")));
    }
    return List.copyOf(models);
  }

  private static Model shelly(String model, DeviceRole role, String source, String preset) {
    return new Model("Shelly", model, role, Map.of(HttpSettings.PRESET, preset), source);
  }

  @Override
  public DriverDescription description() {
    return description;
  }

  @Override
  public DriverSession open(DriverContext context) throws DeviceException {
    HttpSettings settings = HttpSettings.of(context.settings(), options);
    Web web = new Web(context.http(), settings.credentials(), settings.token());
    switch (settings.preset()) {
      case HttpSettings.SHELLY -> {
        if (!settings.part().isEmpty() && ShellyStatus.type(settings.part()).isEmpty()) {
          throw HttpSettings.wrong(
              HttpSettings.PART, settings.part(), "a component such as switch:0 or em:0");
        }
        return new ShellySession(web, settings.part(), settings.restOn(), settings.timeout());
      }
      case HttpSettings.SHELLY_GEN1 -> {
        if (!settings.part().matches("|emeters|(meter|emeter):\\d")) {
          throw HttpSettings.wrong(
              HttpSettings.PART, settings.part(), "meter:0, emeter:0 … or emeters");
        }
        return new ShellyGen1Session(web, settings.part(), settings.restOn(), settings.timeout());
      }
      case HttpSettings.TASMOTA -> {
        if (!settings.part().matches("\\d{0,2}")) {
          throw HttpSettings.wrong(HttpSettings.PART, settings.part(), "a channel's number");
        }
        int channel = settings.part().isEmpty() ? 0 : Integer.parseInt(settings.part());
        return new TasmotaSession(
            new Web(context.http(), Optional.empty(), Optional.empty()),
            channel,
            settings.credentials(),
            settings.timeout());
      }
      default -> {
        return new TemplateSession(web, preset(settings), settings.path(), settings.timeout());
      }
    }
  }

  private Preset preset(HttpSettings settings) throws DeviceException {
    for (Preset preset : presets) {
      if (preset.name().equals(settings.preset())) {
        return preset.with(settings.id());
      }
    }
    if (settings.values().isEmpty()) {
      throw new DeviceException(
          Kind.SETTINGS, "A template needs its values, for example: $.power = power.active W.");
    }
    Preset template;
    try {
      template = Preset.template(settings.values());
    } catch (IllegalArgumentException e) {
      throw new DeviceException(Kind.SETTINGS, e.getMessage(), e);
    }
    for (String target : template.targets()) {
      if (!target.isEmpty() && !target.matches("/[!-~]*")) {
        throw new DeviceException(
            Kind.SETTINGS,
            "'" + target + "' is no path of the device: it begins with '/' and has no spaces.");
      }
    }
    if (template.targets().size() > 8) {
      throw new DeviceException(Kind.SETTINGS, "A template asks for at most 8 paths.");
    }
    return template;
  }

  @Override
  public CompletionStage<List<Candidate>> probe(DriverContext context) {
    return new Prober(new Web(context.http(), Optional.empty(), Optional.empty()), presets).probe();
  }
}
