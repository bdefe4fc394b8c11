package org.commonshub.metering.web;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.commonshub.metering.api.DeviceServer;

/** Sends back what it gets; path /ws/NAME, everybody but "nobody", "closed" and "stranger". */
final class EchoSockets implements DeviceServer.WebSocketService {
  final List<String> notes = new CopyOnWriteArrayList<>();
  final List<DeviceServer.WebSocket> sockets = new CopyOnWriteArrayList<>();

  @Override
  public List<String> subprotocols() {
    return List.of("ocpp2.0.1", "ocpp1.6");
  }

  @Override
  public int admit(DeviceServer.HttpRequest upgrade) {
    if (upgrade.path().endsWith("/nobody")) {
      return 404;
    }
    if (upgrade.path().endsWith("/fails")) {
      throw new IllegalStateException("test");
    }
    if (upgrade.path().endsWith("/stranger")) {
      return upgrade.credentials().isPresent() ? 101 : 401;
    }
    return upgrade.path().endsWith("/closed") ? 403 : 101;
  }

  @Override
  public DeviceServer.WebSocketListener opened(
      DeviceServer.HttpRequest upgrade, String subprotocol, DeviceServer.WebSocket socket) {
    notes.add("opened " + upgrade.path() + " " + subprotocol);
    sockets.add(socket);
    if (upgrade.path().endsWith("/greeted")) {
      socket.send("hello");
    }
    return new DeviceServer.WebSocketListener() {
      @Override
      public void text(String message) {
        if (message.equals("fail")) {
          throw new IllegalStateException("test");
        }
        if (!socket.send(message)) {
          notes.add("full");
        }
      }

      @Override
      public void closed(int code, String reason) {
        notes.add("closed " + code + " " + reason);
      }
    };
  }
}
