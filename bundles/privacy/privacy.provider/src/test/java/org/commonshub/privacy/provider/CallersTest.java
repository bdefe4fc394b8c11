package org.commonshub.privacy.provider;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Proxy;
import java.util.Arrays;
import org.commonshub.privacy.api.Recipient;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;

class CallersTest {
  private static final String NAME = "com.example.coach";

  /** Locations of bundles that all have that one name. */
  @ParameterizedTest
  @CsvSource({
    "app:com.example.coach/0.0.0, false",
    "app:com.example.coach/0.0.0 app:com.example.coach/1.0.0 app:com.example.coach/1.1.0, false",
    "app:com.example.coach/0.0.0 file:/tmp/twin.jar, true",
    "app:com.example.coach/0.0.0 app:com.example.other/1.0.0, true",
    "app:com.example.coach/0.0.0 app:com.example.coach.evil/1.0.0, true",
    "app:com.example.coach/0.0.0 app:com.example.coach, true",
    "file:/a.jar file:/b.jar, true",
    "file:/a.jar, false",
    "file:/a.jar hub:b.jar, true"
  })
  void versionsOfOneAppAreOneRecipientAndTwinsAreNone(String locations, boolean ambiguous) {
    Bundle[] bundles =
        Arrays.stream(locations.split(" ")).map(CallersTest::at).toArray(Bundle[]::new);
    Callers callers = new Callers(context(bundles));
    assertThat(callers.ambiguous(new Recipient(Recipient.Kind.APP, NAME))).isEqualTo(ambiguous);
    assertThat(callers.ambiguous(new Recipient(Recipient.Kind.UPLINK, NAME))).isFalse();
  }

  private static Bundle at(String location) {
    return (Bundle)
        Proxy.newProxyInstance(
            CallersTest.class.getClassLoader(),
            new Class<?>[] {Bundle.class},
            (proxy, method, arguments) -> method.getName().equals("getLocation") ? location : NAME);
  }

  private static BundleContext context(Bundle... bundles) {
    return (BundleContext)
        Proxy.newProxyInstance(
            CallersTest.class.getClassLoader(),
            new Class<?>[] {BundleContext.class},
            (proxy, method, arguments) -> bundles);
  }
}
