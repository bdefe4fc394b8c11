package org.commonshub.metering.provider;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.DeviceException.Kind;
import org.junit.jupiter.api.Test;

class WritesTest {
  private final List<CompletableFuture<Void>> device = new ArrayList<>();
  private long now;
  private final Writes writes = new Writes(Runnable::run, () -> now);

  private CompletableFuture<Void> write() {
    return writes
        .add(
            () -> {
              CompletableFuture<Void> confirmed = new CompletableFuture<>();
              device.add(confirmed);
              return confirmed;
            })
        .toCompletableFuture();
  }

  private static String why(CompletionStage<?> stage) {
    assertThat(stage.toCompletableFuture()).isCompletedExceptionally();
    return stage.handle((value, failure) -> failure.getMessage()).toCompletableFuture().join();
  }

  @Test
  void oneAfterTheOther() {
    CompletableFuture<Void> first = write();
    CompletableFuture<Void> second = write();
    CompletableFuture<Void> third = write();
    assertThat(device).hasSize(1);
    device.get(0).complete(null);
    assertThat(first).isCompleted();
    assertThat(device).hasSize(2);
    device.get(1).completeExceptionally(new DeviceException(Kind.REFUSED, "No."));
    assertThat(why(second)).isEqualTo("No.");
    assertThat(device).hasSize(3);
    device.get(2).complete(null);
    assertThat(third).isCompleted();
  }

  @Test
  void whatIsThrownEndsTheTurnToo() {
    assertThat(
            why(
                writes.add(
                    () -> {
                      throw new StackOverflowError("wild");
                    })))
        .isEqualTo("wild");
    assertThat(why(writes.add(() -> null))).contains("null");
    CompletableFuture<Void> next = write();
    device.get(0).complete(null);
    assertThat(next).isCompleted();
  }

  @Test
  void waitingIsBounded() {
    write();
    for (int i = 0; i < Writes.WAITING; i++) {
      assertThat(write()).isNotDone();
    }
    assertThat(why(write())).contains("64 writes waiting");
  }

  @Test
  void lateIsMeasuredFromTheCall() {
    write();
    write();
    now += Writes.LIMIT_NANOS;
    assertThat(writes.late(now)).isFalse();
    device.get(0).complete(null);
    now += Writes.LIMIT_NANOS;
    assertThat(writes.late(now)).as("its own turn").isFalse();
    assertThat(writes.late(now + 1)).isTrue();
    device.get(1).complete(null);
    assertThat(writes.late(now + 1)).isFalse();
  }

  @Test
  void closingEndsWhatRunsAndWhatWaits() {
    CompletableFuture<Void> first = write();
    CompletableFuture<Void> second = write();
    writes.close(new DeviceException(Kind.DISCONNECTED, "Over."));
    assertThat(why(first)).isEqualTo("Over.");
    assertThat(why(second)).isEqualTo("Over.");
    assertThat(why(write())).isEqualTo("Over.");
    device.get(0).complete(null); // Too late, and nobody is told again.
    assertThat(device).hasSize(1);
  }

  @Test
  void aPoolThatIsFullIsSaid() {
    Writes rejected =
        new Writes(
            task -> {
              throw new RejectedExecutionException();
            },
            () -> now);
    assertThat(why(rejected.add(() -> CompletableFuture.completedFuture(null))))
        .contains("too busy");
  }
}
