package org.commonshub.testing.tck;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.DriverContext;
import org.commonshub.metering.api.DriverDescription;
import org.commonshub.metering.api.MeterDriver;

/** What every driver says about itself, polled or not. */
final class Descriptions {
  private static final Set<String> SCHEMES =
      Set.of(
          "tcp",
          "udp",
          "udp-multicast",
          "http",
          "https",
          "mqtt",
          "mqtts",
          "broker",
          "inbound",
          "file",
          "serial");

  private Descriptions() {}

  static void check(MeterDriver driver) {
    DriverDescription description = driver.description();
    assertThat(description.id()).matches("[a-z][a-z0-9.-]{0,31}");
    assertThat(description.title()).isNotBlank();
    assertThat(description.schemes()).isNotEmpty().isSubsetOf(SCHEMES);
    assertThat(description.defaultPort()).isBetween(-1, 65_535).isNotZero();
    assertThat(description.services()).allMatch(type -> type.matches("_[a-z0-9-]+\\._(tcp|udp)"));
    assertThat(driver.description()).as("is constant").isEqualTo(description);
    Map<String, DriverDescription.Option> options = new HashMap<>();
    for (DriverDescription.Option option : description.options()) {
      option(option);
      assertThat(options.put(option.key(), option)).as("%s is there twice", option.key()).isNull();
    }
    Set<String> models = new HashSet<>();
    for (DriverDescription.Model model : description.models()) {
      assertThat(model.maker()).as("maker of %s", model).isNotBlank();
      assertThat(model.model()).as("model of %s", model).isNotBlank();
      assertThat(model.source()).as("source of %s", model).isNotBlank();
      assertThat(model.role()).as("role of %s", model).isNotNull();
      assertThat(options.keySet()).as("%s", model).containsAll(model.settings().keySet());
      model.settings().forEach((key, value) -> setting(model, options.get(key), value));
      assertThat(models.add(model.maker() + "\n" + model.model() + "\n" + model.role()))
          .as("%s is there once", model)
          .isTrue();
    }
  }

  private static void option(DriverDescription.Option option) {
    String key = option.key();
    assertThat(key).matches("[a-z][a-zA-Z0-9_.-]{0,47}");
    assertThat(option.title()).as("title of %s", key).isNotBlank();
    assertThat(option.title().length()).as("title of %s", key).isLessThanOrEqualTo(64);
    assertThat(option.description()).as("description of %s", key).isNotBlank();
    if (option.secret()) {
      assertThat(option.defaultValue()).as("default of the secret %s", key).isEmpty();
      assertThat(option.choices()).as("choices of the secret %s", key).isEmpty();
    }
    if (option.required()) {
      assertThat(option.defaultValue()).as("default of %s, which is required", key).isEmpty();
    }
    if (!option.choices().isEmpty() && !option.defaultValue().isEmpty()) {
      assertThat(option.choices()).as("choices of %s", key).containsKey(option.defaultValue());
    }
    assertThat(option.choices().values()).as("choices of %s", key).noneMatch(String::isBlank);
  }

  private static void setting(
      DriverDescription.Model model, DriverDescription.Option option, String value) {
    assertThat(option.secret()).as("%s gives the secret %s", model, option.key()).isFalse();
    if (!option.choices().isEmpty()) {
      assertThat(option.choices()).as("%s of %s", option.key(), model).containsKey(value);
    }
  }

  static void refuses(MeterDriver driver, DriverContext context) {
    try {
      driver.open(context).close();
      fail("settings %s were accepted", context.settings());
    } catch (DeviceException e) {
      assertThat(e.kind()).isEqualTo(DeviceException.Kind.SETTINGS);
      assertThat(e.getMessage()).isNotBlank();
      noSecret(driver, context, e);
    }
  }

  /** No secret stands in a message. */
  static void noSecret(MeterDriver driver, DriverContext context, DeviceException failure) {
    for (DriverDescription.Option option : driver.description().options()) {
      String value = option.secret() ? context.settings().getOrDefault(option.key(), "") : "";
      if (value.length() > 3) {
        assertThat(failure.getMessage().contains(value))
            .as("the secret %s stands in a message", option.key())
            .isFalse();
      }
    }
  }
}
