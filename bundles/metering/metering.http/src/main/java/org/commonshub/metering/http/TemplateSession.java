package org.commonshub.metering.http;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.commonshub.measure.api.Measurement;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.DeviceException.Kind;
import org.commonshub.metering.api.PollSession;
import org.commonshub.metering.mapping.api.JsonValue;
import org.commonshub.metering.mapping.api.Measurements;

/** A device that a preset or a template describes. */
final class TemplateSession implements PollSession {
  private final Web web;
  private final Preset preset;
  private final String usual;
  private final Duration timeout;
  private volatile Map<String, String> identity = Map.of();

  /**
   * @param usual target of values that name none
   */
  TemplateSession(Web web, Preset preset, String usual, Duration timeout) {
    this.web = web;
    this.preset = preset;
    this.usual = usual;
    this.timeout = timeout;
  }

  @Override
  public CompletionStage<List<Measurement>> poll(Duration budget) {
    long deadline = System.nanoTime() + budget.toNanos();
    Map<String, JsonValue> answers = new LinkedHashMap<>();
    CompletionStage<Void> asked = CompletableFuture.completedFuture(null);
    for (String target : preset.targets()) {
      asked =
          asked.thenCompose(
              nothing ->
                  web.get(target.isEmpty() ? usual : target, left(deadline, timeout))
                      .thenAccept(answer -> answers.put(target, answer)));
    }
    return asked.thenCompose(nothing -> values(answers));
  }

  static Duration left(long deadline, Duration timeout) {
    Duration left = Duration.ofNanos(deadline - System.nanoTime());
    return left.compareTo(timeout) < 0 ? left : timeout;
  }

  private CompletionStage<List<Measurement>> values(Map<String, JsonValue> answers) {
    Optional<Preset.Condition> broken =
        preset.require().stream()
            .filter(condition -> !condition.holds(answer(answers, condition.place())))
            .findFirst();
    if (broken.isPresent()) {
      return failed(
          web.where()
              + " does not say "
              + broken.get().place().path()
              + " = "
              + String.join(" or ", broken.get().texts())
              + ", so what it answers is not that of a "
              + preset.title()
              + ". Check the kind of device and its number.");
    }
    Map<String, String> facts =
        new HashMap<>(
            preset.facts().containsKey("maker")
                ? Map.of("maker", preset.facts().get("maker"))
                : Map.of());
    preset
        .identity()
        .forEach(
            (fact, place) -> {
              String text = place.path().in(answer(answers, place)).label(128);
              if (!text.isEmpty()) {
                facts.put(fact, text);
              }
            });
    identity = Map.copyOf(facts);
    Measurements values = new Measurements();
    answers.forEach(
        (target, answer) -> preset.values().of(target).forEach(line -> line.take(answer, values)));
    List<Measurement> list = new ArrayList<>(values.list());
    return list.isEmpty()
        ? failed(
            web.where()
                + " answers, but with none of the values that were expected. Check the kind of"
                + " device"
                + (preset.facts().isEmpty() ? " and the paths of the template." : "."))
        : CompletableFuture.completedFuture(list);
  }

  private static JsonValue answer(Map<String, JsonValue> answers, Preset.Place place) {
    return answers.getOrDefault(place.target(), JsonValue.MISSING);
  }

  private static <T> CompletionStage<T> failed(String sentence) {
    return CompletableFuture.failedFuture(new DeviceException(Kind.INVALID_ANSWER, sentence));
  }

  @Override
  public Map<String, String> identity() {
    return identity;
  }

  @Override
  public void close() {
    // The connection belongs to the context, which closes it.
  }
}
