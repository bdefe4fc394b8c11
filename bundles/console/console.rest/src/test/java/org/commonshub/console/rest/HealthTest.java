package org.commonshub.console.rest;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.apache.felix.hc.api.FormattingResultLog;
import org.apache.felix.hc.api.HealthCheck;
import org.apache.felix.hc.api.Result;
import org.apache.felix.hc.api.execution.HealthCheckExecutionResult;
import org.apache.felix.hc.api.execution.HealthCheckExecutor;
import org.apache.felix.hc.api.execution.HealthCheckMetadata;
import org.junit.jupiter.api.Test;
import org.osgi.framework.ServiceReference;

class HealthTest {
  private static Map<?, ?> health(Services services) {
    byte[] json = Json.bytes(new HealthApi(services)::write);
    Object parsed = Contract.parse(new String(json, StandardCharsets.UTF_8));
    Contract.checkSchema("Health", parsed);
    return (Map<?, ?>) parsed;
  }

  @Test
  void theWorstCheckDecidesAndOneThatFailsItselfSpoilsNoOther() {
    Services services = new Services();
    assertThat(health(services).get("status")).isEqualTo("OK");
    FormattingResultLog log = new FormattingResultLog();
    log.debug("not for people");
    log.warn("Two of 5 meters are silent.");
    log.info("The others answer.");
    services.healthChecks =
        List.of(
            Map.entry(Map.of(HealthCheck.NAME, "Meters"), () -> new Result(log)),
            Map.entry(
                Map.of(HealthCheck.NAME, "Broken"),
                () -> {
                  throw new IllegalStateException("oops");
                }),
            Map.entry(
                Map.of(HealthCheck.NAME, "Store"), () -> new Result(Result.Status.OK, "Fine.")));
    Map<?, ?> health = health(services);
    assertThat(health.get("status")).isEqualTo("HEALTH_CHECK_ERROR");
    assertThat(health.get("checks").toString())
        .contains("Meters", "WARN", "Two of 5 meters are silent. The others answer.", "Fine.")
        .doesNotContain("not for people");
  }

  @Test
  void theExecutorIsAskedWhereThereIsOne() {
    ServiceReference<?> reference =
        (ServiceReference<?>)
            Proxy.newProxyInstance(
                HealthTest.class.getClassLoader(),
                new Class<?>[] {ServiceReference.class},
                (proxy, method, args) ->
                    method.getName().equals("getProperty") && HealthCheck.NAME.equals(args[0])
                        ? "Clock"
                        : method.getName().equals("getProperty") && "service.id".equals(args[0])
                            ? 1L
                            : null);
    HealthCheckMetadata metadata = new HealthCheckMetadata(reference);
    HealthCheckExecutionResult result =
        (HealthCheckExecutionResult)
            Proxy.newProxyInstance(
                HealthTest.class.getClassLoader(),
                new Class<?>[] {HealthCheckExecutionResult.class},
                (proxy, method, args) ->
                    switch (method.getName()) {
                      case "getHealthCheckResult" ->
                          new Result(Result.Status.CRITICAL, "Never synchronised.");
                      case "getHealthCheckMetadata" -> metadata;
                      default -> null;
                    });
    Services services = new Services();
    services.healthExecutor =
        (HealthCheckExecutor)
            Proxy.newProxyInstance(
                HealthTest.class.getClassLoader(),
                new Class<?>[] {HealthCheckExecutor.class},
                (proxy, method, args) -> List.of(result));
    Map<?, ?> health = health(services);
    assertThat(health.get("status")).isEqualTo("CRITICAL");
    assertThat(health.get("checks").toString()).contains("Clock", "Never synchronised.");
  }
}
