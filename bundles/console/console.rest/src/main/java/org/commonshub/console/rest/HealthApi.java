package org.commonshub.console.rest;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.felix.hc.api.HealthCheck;
import org.apache.felix.hc.api.Result;
import org.apache.felix.hc.api.ResultLog;
import org.apache.felix.hc.api.execution.HealthCheckExecutionResult;
import org.apache.felix.hc.api.execution.HealthCheckExecutor;
import org.apache.felix.hc.api.execution.HealthCheckSelector;

/** Health checks of the whole hub. */
final class HealthApi {
  private record Check(String name, Result.Status status, String message) {}

  private final Services services;

  HealthApi(Services services) {
    this.services = services;
  }

  Router register(Router router) {
    return router.add("GET", "/health", Access.HEALTH, request -> Response.json(this::write));
  }

  /** Writes the object of {@code GET /health}. May take seconds when a check does. */
  void write(JsonGenerator g) throws IOException {
    List<Check> checks = checks();
    Result.Status worst = Result.Status.OK;
    for (Check check : checks) {
      if (check.status().compareTo(worst) > 0) {
        worst = check.status();
      }
    }
    g.writeStartObject();
    g.writeStringField("status", worst.name());
    g.writeArrayFieldStart("checks");
    for (Check check : checks) {
      g.writeStartObject();
      g.writeStringField("name", check.name());
      g.writeStringField("status", check.status().name());
      g.writeStringField("message", check.message());
      g.writeEndObject();
    }
    g.writeEndArray();
    g.writeEndObject();
  }

  private List<Check> checks() {
    List<Check> checks = new ArrayList<>();
    Optional<HealthCheckExecutor> executor = services.healthExecutor();
    if (executor.isPresent()) {
      for (HealthCheckExecutionResult result :
          executor.get().execute(HealthCheckSelector.empty())) {
        checks.add(
            check(result.getHealthCheckMetadata().getTitle(), result.getHealthCheckResult()));
      }
    } else {
      for (Map.Entry<Map<String, Object>, HealthCheck> entry : services.healthChecks()) {
        String name =
            String.valueOf(
                entry
                    .getKey()
                    .getOrDefault(HealthCheck.NAME, entry.getValue().getClass().getSimpleName()));
        try {
          checks.add(check(name, entry.getValue().execute()));
        } catch (RuntimeException e) {
          checks.add(
              new Check(name, Result.Status.HEALTH_CHECK_ERROR, "The check itself failed: " + e));
        }
      }
    }
    checks.sort(Comparator.comparing(Check::name));
    return checks;
  }

  private static Check check(String name, Result result) {
    List<String> messages = new ArrayList<>();
    for (ResultLog.Entry entry : result) {
      if (!entry.isDebug()) {
        messages.add(entry.getMessage());
      }
    }
    return new Check(name == null ? "" : name, result.getStatus(), String.join(" ", messages));
  }
}
