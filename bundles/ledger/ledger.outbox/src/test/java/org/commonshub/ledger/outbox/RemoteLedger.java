package org.commonshub.ledger.outbox;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.commonshub.identity.api.Cbor;
import org.commonshub.identity.api.MalformedCborException;
import org.commonshub.ledger.api.LedgerClient;
import org.commonshub.ledger.api.LedgerDescription;
import org.commonshub.ledger.api.LedgerException;
import org.commonshub.ledger.api.Submission;
import org.commonshub.ledger.api.SubmissionKind;

/** A ledger in another process than the outbox: a client's calls over a loopback socket. */
final class RemoteLedger {
  private RemoteLedger() {}

  /** The side of the ledger. */
  static final class Server implements AutoCloseable {
    private final ServerSocket socket;
    private final LedgerClient client;

    Server(LedgerClient client) throws IOException {
      this.client = client;
      this.socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
      daemon(
          () -> {
            while (true) {
              Socket caller = socket.accept();
              daemon(() -> serve(caller));
            }
          });
    }

    int port() {
      return socket.getLocalPort();
    }

    private interface Task {
      void run() throws Exception;
    }

    private static void daemon(Task task) {
      Thread thread =
          new Thread(
              () -> {
                try {
                  task.run();
                } catch (Exception e) {
                  // The caller was killed, or the test is over.
                }
              },
              "remote-ledger");
      thread.setDaemon(true);
      thread.start();
    }

    private void serve(Socket caller) throws Exception {
      try (caller) {
        caller.setTcpNoDelay(true);
        DataInputStream in = new DataInputStream(caller.getInputStream());
        DataOutputStream out = new DataOutputStream(caller.getOutputStream());
        while (true) {
          byte[] request = new byte[in.readInt()];
          in.readFully(request);
          byte[] reply = Cbor.encode(answer((List<?>) Cbor.decode(request)));
          out.writeInt(reply.length);
          out.write(reply);
          out.flush();
        }
      }
    }

    private Object answer(List<?> call) throws InterruptedException {
      try {
        return switch ((String) call.get(0)) {
          case "prepare" ->
              List.of(
                  client.prepare(
                      submission(call.get(1)),
                      attempts(call.get(2)),
                      Optional.ofNullable((byte[]) call.get(3))));
          case "send" -> {
            client.send(attempts(call.get(1)).get(0));
            yield List.of();
          }
          case "observe" -> seen(client.observe(submission(call.get(1)), attempts(call.get(2))));
          default -> List.of(client.replace(submission(call.get(1)), attempts(call.get(2))));
        };
      } catch (LedgerException e) {
        return List.of(e.kind().name(), e.getMessage(), "refused");
      }
    }

    private static List<Object> seen(LedgerClient.Observation seen) {
      return Arrays.asList(
          seen.seen().name(),
          (long) seen.attempt(),
          seen.reference().orElse(null),
          seen.position().orElse(null),
          seen.cost().orElse(null),
          seen.proof().orElse(null),
          seen.problem().orElse(null));
    }

    private static Submission submission(Object of) {
      List<?> parts = (List<?>) of;
      return new Submission(
          (String) parts.get(0), SubmissionKind.ROOT, (byte[]) parts.get(1), new byte[0]);
    }

    private static List<LedgerClient.Attempt> attempts(Object of) {
      List<LedgerClient.Attempt> attempts = new ArrayList<>();
      for (Object each : (List<?>) of) {
        List<?> parts = (List<?>) each;
        attempts.add(
            new LedgerClient.Attempt(
                (String) parts.get(0),
                Math.toIntExact((Long) parts.get(1)),
                (byte[]) parts.get(2)));
      }
      return attempts;
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }

  /** The side of the outbox. */
  static final class Client implements LedgerClient {
    private final DataInputStream in;
    private final DataOutputStream out;

    Client(int port) throws IOException {
      Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
      socket.setTcpNoDelay(true);
      in = new DataInputStream(socket.getInputStream());
      out = new DataOutputStream(socket.getOutputStream());
    }

    private List<?> call(Object... parts) throws LedgerException {
      try {
        byte[] request = Cbor.encode(Arrays.asList(parts));
        out.writeInt(request.length);
        out.write(request);
        out.flush();
        byte[] reply = new byte[in.readInt()];
        in.readFully(reply);
        List<?> answer = (List<?>) Cbor.decode(reply);
        if (answer.size() == 3) {
          throw new LedgerException(
              LedgerException.Kind.valueOf((String) answer.get(0)), (String) answer.get(1));
        }
        return answer;
      } catch (IOException | MalformedCborException e) {
        throw new LedgerException(LedgerException.Kind.UNREACHABLE, "No ledger there.", e);
      }
    }

    private static List<Object> of(Submission submission) {
      return List.of(submission.key(), submission.digest());
    }

    private static List<Object> of(List<Attempt> attempts) {
      return attempts.stream()
          .<Object>map(each -> List.of(each.key(), (long) each.number(), each.bytes()))
          .toList();
    }

    @Override
    public LedgerDescription describe() {
      return new LedgerDescription("remote", "fake", "test", "coins", "A test.");
    }

    @Override
    public byte[] prepare(Submission submission, List<Attempt> open, Optional<byte[]> last)
        throws LedgerException {
      return (byte[]) call("prepare", of(submission), of(open), last.orElse(null)).get(0);
    }

    @Override
    public void send(Attempt attempt) throws LedgerException {
      call("send", of(List.of(attempt)));
    }

    @Override
    public Observation observe(Submission submission, List<Attempt> attempts)
        throws LedgerException {
      List<?> seen = call("observe", of(submission), of(attempts));
      return new Observation(
          Seen.valueOf((String) seen.get(0)),
          Math.toIntExact((Long) seen.get(1)),
          Optional.ofNullable((String) seen.get(2)),
          Optional.ofNullable((Long) seen.get(3)),
          Optional.ofNullable((Long) seen.get(4)),
          Optional.ofNullable((byte[]) seen.get(5)),
          Optional.ofNullable((String) seen.get(6)));
    }

    @Override
    public byte[] replace(Submission submission, List<Attempt> stuck) throws LedgerException {
      return (byte[]) call("replace", of(submission), of(stuck)).get(0);
    }
  }
}
