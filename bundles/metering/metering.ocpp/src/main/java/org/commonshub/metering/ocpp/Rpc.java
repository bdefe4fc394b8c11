package org.commonshub.metering.ocpp;

import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.DeviceException.Kind;
import org.commonshub.metering.api.DeviceServer.WebSocket;
import org.commonshub.metering.mapping.api.JsonValue;
import org.commonshub.metering.mapping.api.MalformedJsonException;
import org.commonshub.metering.ocpp.OcppError.Code;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Calls over a WebSocket (OCPP-J 1.6 §4, OCPP 2.0.1 part 4 §4): one of the hub's calls is under way
 * at a time, further ones wait. Thread-safe.
 */
final class Rpc {
  /** Calls of the hub that wait. */
  static final int WAITING = 32;

  private static final int CALL = 2;
  private static final int RESULT = 3;
  private static final int ERROR = 4;
  private static final int MAX_ID = 36;
  private static final int MAX_ACTION = 64;
  private static final int MAX_WRONG = 16;
  private static final Logger LOG = LoggerFactory.getLogger(Rpc.class);

  /** Answers the charge point's calls. */
  interface Handler {
    /** The payload of the answer. */
    Map<String, Object> handle(String action, JsonValue payload) throws OcppError;

    /** An answer was sent. */
    void answered(String action);
  }

  private static final class Call {
    private final String action;
    private final Map<String, Object> payload;
    private final BooleanSupplier permitted;
    private final long patienceMillis;
    private final CompletableFuture<JsonValue> result = new CompletableFuture<>();
    private String id;

    Call(
        String action,
        Map<String, Object> payload,
        BooleanSupplier permitted,
        long patienceMillis) {
      this.action = action;
      this.payload = payload;
      this.permitted = permitted;
      this.patienceMillis = patienceMillis;
    }
  }

  private final String name;
  private final Version version;
  private final WebSocket socket;
  private final Handler handler;
  private final ArrayDeque<Call> waiting = new ArrayDeque<>(2);
  private Call running;
  private long number;
  private int wrong;
  private boolean closed;

  /**
   * @param name the charge point, for messages
   */
  Rpc(String name, Version version, WebSocket socket, Handler handler) {
    this.name = name;
    this.version = version;
    this.socket = socket;
    this.handler = handler;
  }

  Version version() {
    return version;
  }

  /**
   * Calls the charge point.
   *
   * @param urgent before what waits already
   * @param permitted asked once more right before the call leaves
   * @return payload of the answer; or {@link DeviceException}
   */
  CompletableFuture<JsonValue> call(
      String action,
      Map<String, Object> payload,
      boolean urgent,
      BooleanSupplier permitted,
      long patienceMillis) {
    Call call = new Call(action, payload, permitted, patienceMillis);
    synchronized (this) {
      if (closed) {
        return CompletableFuture.failedFuture(gone());
      }
      if (waiting.size() >= WAITING) {
        return CompletableFuture.failedFuture(
            new DeviceException(
                Kind.TIMEOUT,
                "Charge point '" + name + "' has too many calls waiting. Try again later."));
      }
      if (urgent) {
        waiting.addFirst(call);
      } else {
        waiting.add(call);
      }
    }
    next();
    return call.result;
  }

  private DeviceException gone() {
    return new DeviceException(
        Kind.DISCONNECTED,
        "Charge point '"
            + name
            + "' is not connected to the hub. It connects again by itself once it is powered and in"
            + " the network.");
  }

  private void next() {
    while (true) {
      Call call;
      DeviceException failure = null;
      synchronized (this) {
        if (closed || running != null) {
          return;
        }
        call = waiting.poll();
        if (call == null) {
          return;
        }
        if (!call.permitted.getAsBoolean()) {
          failure =
              new DeviceException(
                  Kind.FORBIDDEN,
                  "The right to control charge point '" + name + "' ended before it was told.");
        } else {
          call.id = "hub-" + ++number;
          if (socket.send(Json.write(List.<Object>of(CALL, call.id, call.action, call.payload)))) {
            running = call;
          } else {
            failure = gone();
          }
        }
      }
      if (failure == null) {
        sent(call);
        return;
      }
      call.result.completeExceptionally(failure);
    }
  }

  private void sent(Call call) {
    // The line is free again before anybody hears that the call failed: they may call at once.
    CompletableFuture<Void> patience = new CompletableFuture<>();
    patience
        .orTimeout(call.patienceMillis, TimeUnit.MILLISECONDS)
        .whenComplete(
            (nothing, failure) -> {
              if (failure instanceof TimeoutException && finish(call.id) != null) {
                call.result.completeExceptionally(failure);
                next();
              }
            });
    // The answer may have come already: then there is nothing to wait for.
    call.result.whenComplete((answer, failure) -> patience.complete(null));
  }

  /** Takes the call that is under way, if it is that one. */
  private synchronized Call finish(String id) {
    Call call = running;
    if (call == null || !call.id.equals(id)) {
      return null;
    }
    running = null;
    return call;
  }

  /** Takes a message of the charge point. */
  void received(String text) {
    JsonValue message;
    try {
      message = JsonValue.parse(text.getBytes(StandardCharsets.UTF_8));
    } catch (MalformedJsonException e) {
      malformed("-1", e.getMessage());
      return;
    }
    int kind = Fields.whole(message.at(0)).orElse(0);
    String id = message.at(1).text().orElse("");
    if (!message.isArray() || id.isEmpty() || id.length() > MAX_ID) {
      malformed("-1", "no list with the kind and the id of a message");
    } else if (kind == CALL) {
      called(id, message);
    } else if (kind == RESULT || kind == ERROR) {
      Call call = finish(id);
      if (call == null) {
        LOG.debug("Charge point '{}' answered what nobody waits for", name);
        return;
      }
      if (kind == ERROR) {
        call.result.completeExceptionally(refused(call.action, message.at(2)));
      } else if (message.at(2).isObject()) {
        call.result.complete(message.at(2));
      } else {
        call.result.completeExceptionally(
            new DeviceException(
                Kind.INVALID_ANSWER,
                "Charge point '" + name + "' answered " + call.action + " with no payload."));
      }
      next();
    } else {
      malformed(id, "no call, result or error");
    }
  }

  private DeviceException refused(String action, JsonValue code) {
    return new DeviceException(
        Kind.REFUSED,
        "Charge point '"
            + name
            + "' does not take "
            + action
            + " ("
            + code.label(40)
            + "). Check its firmware and its settings for OCPP.");
  }

  private void called(String id, JsonValue message) {
    String action = message.at(2).text().orElse("");
    if (message.items().size() != 4
        || action.isEmpty()
        || action.length() > MAX_ACTION
        || !message.at(3).isObject()) {
      malformed(id, "no call with an action and a payload");
      return;
    }
    try {
      Map<String, Object> answer = handler.handle(action, message.at(3));
      socket.send(Json.write(List.<Object>of(RESULT, id, answer)));
      handler.answered(action);
    } catch (OcppError e) {
      LOG.debug("{} of charge point '{}' was refused: {}", action, name, e.getMessage());
      error(id, e.code(), e.getMessage());
    } catch (RuntimeException e) {
      LOG.error("{} of charge point '{}' failed in the hub.", action, name, e);
      error(id, Code.INTERNAL, "the hub failed");
    }
  }

  private void malformed(String id, String why) {
    LOG.debug("Charge point '{}' sent {}", name, why);
    boolean enough;
    synchronized (this) {
      enough = ++wrong > MAX_WRONG;
    }
    if (enough) {
      socket.close(1002, "this is not OCPP");
    } else if (version == Version.V201 || !id.equals("-1")) {
      error(id, version == Version.V201 ? Code.FRAMEWORK : Code.FORMAT, why);
    }
  }

  private void error(String id, Code code, String why) {
    socket.send(Json.write(List.<Object>of(ERROR, id, code.text(version), why, Map.of())));
  }

  /** The connection ended. */
  void close() {
    List<Call> ending;
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
      if (running != null) {
        waiting.addFirst(running);
        running = null;
      }
      ending = List.copyOf(waiting);
      waiting.clear();
    }
    ending.forEach(call -> call.result.completeExceptionally(gone()));
  }

  /** What a failed call failed of, in words. */
  static DeviceException explain(String name, String action, Throwable failure) {
    Throwable cause =
        failure instanceof CompletionException && failure.getCause() != null
            ? failure.getCause()
            : failure;
    if (cause instanceof DeviceException known) {
      return known;
    }
    if (cause instanceof TimeoutException) {
      return new DeviceException(
          Kind.TIMEOUT,
          "Charge point '"
              + name
              + "' did not answer "
              + action
              + " in time. Check its network connection.");
    }
    return new DeviceException(
        Kind.INVALID_ANSWER,
        "Charge point '" + name + "' could not be told " + action + ".",
        cause);
  }

  /** The status of an answer, or empty. */
  static String status(JsonValue answer) {
    return answer.get("status").label(40);
  }
}
