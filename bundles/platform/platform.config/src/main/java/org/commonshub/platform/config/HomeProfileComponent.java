package org.commonshub.platform.config;

import java.time.DateTimeException;
import java.time.ZoneId;
import java.util.Currency;
import java.util.Locale;
import java.util.Optional;
import org.commonshub.platform.api.HomeProfile;
import org.commonshub.platform.api.Settings;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.osgi.service.metatype.annotations.Option;

/**
 * {@link HomeProfile} from its settings. Enabled by {@link SettingsComponent} once the files are
 * loaded, so that it is made once and with the values of its file.
 */
@Component(
    name = HomeProfileComponent.PID,
    configurationPid = HomeProfileComponent.PID,
    enabled = false)
@Designate(ocd = HomeProfileComponent.Config.class)
public final class HomeProfileComponent implements HomeProfile {
  static final String PID = "org.commonshub.platform.home";

  /** Settings of the home. */
  @ObjectClassDefinition(
      name = "Home",
      description = "Facts about this home: name, time zone, language, energy prices.")
  @interface Config {
    @AttributeDefinition(
        name = "Name",
        description = "Name of the home, shown in the console only. Default Home.",
        min = "1",
        max = "80")
    String name() default "Home";

    @AttributeDefinition(
        name = "Time zone",
        description =
            "IANA name of the legal time zone of the grid connection, Europe/Rome for instance."
                + " Default: empty, the zone of this computer.",
        required = false)
    String zone() default "";

    @AttributeDefinition(
        name = "Language",
        description = "Language of the console when the browser names none of these. Default en.",
        options = {
          @Option(label = "English", value = "en"),
          @Option(label = "Italiano", value = "it"),
          @Option(label = "Deutsch", value = "de"),
          @Option(label = "Français", value = "fr")
        })
    String language() default "en";

    @AttributeDefinition(
        name = "Currency",
        description = "ISO 4217 code of the currency of the prices. Default EUR.")
    String currency() default "EUR";

    @AttributeDefinition(
        name = "Import price",
        description =
            "Price of imported energy in millionths of the currency per kWh: 300000 is 0.30."
                + " Default 300000.",
        min = "-100000000",
        max = "100000000")
    long importPriceMicros() default 300_000;

    @AttributeDefinition(
        name = "Export price",
        description =
            "Pay for exported energy in millionths of the currency per kWh: 80000 is 0.08; may be"
                + " negative. Default 80000.",
        min = "-100000000",
        max = "100000000")
    long exportPriceMicros() default 80_000;
  }

  private final Config config;
  private final ZoneId zone;

  @Activate
  public HomeProfileComponent(@Reference(name = "settings") Settings settings, Config config) {
    this.config = config;
    this.zone =
        config.zone().isEmpty() || refuse("zone", config.zone()).isPresent()
            ? ZoneId.systemDefault()
            : ZoneId.of(config.zone());
  }

  /**
   * Checks beyond what a metatype can say.
   *
   * @return what was expected, if the value is refused
   */
  static Optional<String> refuse(String key, Object value) {
    String text = String.valueOf(value);
    try {
      switch (key) {
        case "zone" -> {
          if (!text.isEmpty()) {
            ZoneId.of(text);
          }
        }
        case "currency" -> Currency.getInstance(text);
        default -> {
          // the metatype says all
        }
      }
      return Optional.empty();
    } catch (DateTimeException e) {
      return Optional.of("an IANA time zone such as Europe/Rome, or \"\" for this computer's");
    } catch (IllegalArgumentException e) {
      return Optional.of("an ISO 4217 currency code such as EUR");
    }
  }

  @Override
  public String name() {
    return config.name();
  }

  @Override
  public ZoneId zone() {
    return zone;
  }

  @Override
  public Locale language() {
    return Locale.forLanguageTag(config.language());
  }

  @Override
  public String currency() {
    return config.currency();
  }

  @Override
  public long importPriceMicros() {
    return config.importPriceMicros();
  }

  @Override
  public long exportPriceMicros() {
    return config.exportPriceMicros();
  }
}
