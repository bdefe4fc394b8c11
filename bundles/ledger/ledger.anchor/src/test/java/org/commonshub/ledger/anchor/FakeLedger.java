package org.commonshub.ledger.anchor;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.commonshub.ledger.api.Ledger;
import org.commonshub.ledger.api.LedgerDescription;
import org.commonshub.ledger.api.Stage;
import org.commonshub.ledger.api.Status;
import org.commonshub.ledger.api.Submission;
import org.commonshub.testing.fakes.FakeHubClock;

/** A ledger that takes everything and includes it when told. */
final class FakeLedger implements Ledger {
  final Map<String, Submission> taken = new LinkedHashMap<>();
  final Map<String, Stage> stages = new LinkedHashMap<>();
  boolean broken;
  String problem;
  Optional<Boolean> confirms = Optional.empty();

  List<String> keys() {
    return List.copyOf(taken.keySet());
  }

  void all(Stage stage) {
    stages.replaceAll((key, old) -> stage);
  }

  @Override
  public LedgerDescription description() {
    return new LedgerDescription("test", "Fake", "net 1", "", "Nobody.");
  }

  @Override
  public Status submit(Submission submission) throws IOException {
    if (broken) {
      throw new IOException("the disk is full");
    }
    Submission before = taken.putIfAbsent(submission.key(), submission);
    if (before != null && !before.equals(submission)) {
      throw new IllegalArgumentException("used for another effect");
    }
    stages.putIfAbsent(submission.key(), Stage.ACCEPTED);
    return status(submission.key()).orElseThrow();
  }

  @Override
  public Optional<Status> status(String key) {
    return Optional.ofNullable(stages.get(key))
        .map(
            stage ->
                new Status(
                    key,
                    stage,
                    FakeHubClock.START,
                    Optional.of("ref"),
                    Optional.of(7L),
                    Optional.empty(),
                    Optional.empty()));
  }

  @Override
  public Optional<byte[]> prove(String key) {
    Stage stage = stages.get(key);
    return stage == Stage.INCLUDED || stage == Stage.FINAL
        ? Optional.of(("proof of " + key).getBytes(StandardCharsets.UTF_8))
        : Optional.empty();
  }

  @Override
  public List<Status> recent(int limit) {
    List<Status> all = new ArrayList<>();
    stages.keySet().forEach(key -> all.add(0, status(key).orElseThrow()));
    return all.subList(0, Math.min(limit, all.size()));
  }

  @Override
  public Optional<String> problem() {
    return Optional.ofNullable(problem);
  }

  @Override
  public void resume() {}

  @Override
  public CompletionStage<Optional<Boolean>> confirms(byte[] root, byte[] proof) {
    return CompletableFuture.completedFuture(confirms);
  }
}
