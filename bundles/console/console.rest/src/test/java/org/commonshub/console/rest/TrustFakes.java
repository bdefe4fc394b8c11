package org.commonshub.console.rest;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import org.commonshub.identity.api.Delegations;
import org.commonshub.identity.api.EvmAccount;
import org.commonshub.identity.api.KeyLog;
import org.commonshub.identity.api.SigningPurpose;
import org.commonshub.ledger.api.Anchor;
import org.commonshub.ledger.api.Checkpoint;
import org.commonshub.ledger.api.Contradictions;
import org.commonshub.ledger.api.EntryKind;
import org.commonshub.ledger.api.Journal;
import org.commonshub.ledger.api.Ledger;
import org.commonshub.ledger.api.LedgerDescription;
import org.commonshub.ledger.api.Stage;
import org.commonshub.ledger.api.Status;
import org.commonshub.ledger.api.Submission;
import org.commonshub.measure.api.DeviceId;
import org.commonshub.neighbour.api.Neighbour;
import org.commonshub.neighbour.api.Neighbours;
import org.commonshub.neighbour.api.Topic;
import org.commonshub.testing.fakes.FakeIdentity;

/** Identity, journal, ledgers and neighbours in memory. */
final class TrustFakes {
  static final String OTHER = new FakeIdentity("other").did();

  final FakeIdentity identity = new FakeIdentity("hub");
  final Rights rights = new Rights();
  final Log journal = new Log();
  final Chain chain = new Chain();
  final Roots roots = new Roots();
  final Near near = new Near();
  final Doubts doubts = new Doubts();

  void into(Services services) {
    services.hubIdentity = identity;
    services.delegationService = rights;
    services.evmAccount =
        new EvmAccount() {
          @Override
          public String address() {
            return "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed";
          }

          @Override
          public byte[] sign(byte[] hash) {
            throw new IllegalStateException("the console signs nothing");
          }
        };
    services.journalService = journal;
    services.anchorService = roots;
    services.ledgers = List.of(Map.entry(Map.of("ledger.name", "ethereum~main"), chain));
    services.neighbourService = near;
    services.contradictionService = doubts;
  }

  /** Delegations whose bytes are {@code account|hub|RIGHT}. */
  static final class Rights implements Delegations {
    final List<Delegation> accepted = new ArrayList<>();
    final List<String> issued = new ArrayList<>();

    @Override
    public byte[] issue(String account, String hub, Right right, int days) {
      issued.add(account + " " + hub + " " + right + " " + days);
      return (account + "|" + hub + "|" + right).getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public Delegation accept(byte[] delegation) throws IOException {
      Delegation read = read(delegation);
      accepted.add(read);
      return read;
    }

    @Override
    public Delegation read(byte[] delegation) throws IOException {
      String[] parts = new String(delegation, StandardCharsets.UTF_8).split("\\|", -1);
      if (parts.length != 3) {
        throw new IOException("This is no delegation.");
      }
      return new Delegation(
          "00112233445566778899aabbccddeeff",
          OTHER,
          parts[0],
          Right.valueOf(parts[2]),
          Fakes.NOW.plus(Duration.ofDays(30)));
    }

    @Override
    public List<Delegation> accepted() {
      return List.copyOf(accepted);
    }

    @Override
    public void revoke(String id) {
      accepted.removeIf(each -> each.id().equals(id));
    }

    @Override
    public byte[] assertion(String account, String hub) {
      issued.add(account + " at " + hub);
      return account.getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public Delegation enter(byte[] assertion) throws IOException {
      String account = new String(assertion, StandardCharsets.UTF_8);
      return accepted.stream()
          .filter(each -> each.account().equals(account))
          .findFirst()
          .orElseThrow(() -> new IOException("Nobody here has let you in."));
    }
  }

  /** A journal of entries whose content is given. */
  final class Log implements Journal {
    final List<Entry> entries = new ArrayList<>();
    final List<byte[]> contents = new ArrayList<>();
    final List<Alarm> alarms = new ArrayList<>();
    volatile boolean broken;

    void add(EntryKind kind, Instant instant, byte[] content) {
      entries.add(new Entry(entries.size(), kind, instant, content == null));
      contents.add(content);
    }

    @Override
    public long append(EntryKind kind, byte[] content) {
      add(kind, Fakes.NOW, content);
      return entries.size() - 1L;
    }

    @Override
    public long size() {
      return entries.size();
    }

    @Override
    public List<Entry> entries(long from, long to) throws IOException {
      if (broken) {
        throw new IOException("The disk does not answer.");
      }
      return List.copyOf(entries.subList((int) from, (int) Math.min(to, entries.size())));
    }

    @Override
    public Optional<Entry> newest(EntryKind kind, Instant at) {
      Entry found = null;
      for (Entry entry : entries) {
        found = entry.kind() == kind && !entry.instant().isAfter(at) ? entry : found;
      }
      return Optional.ofNullable(found);
    }

    @Override
    public Optional<byte[]> content(long index) {
      return Optional.ofNullable(contents.get((int) index));
    }

    @Override
    public Checkpoint checkpoint() {
      byte[] root = new byte[32];
      byte[] payload = Checkpoint.payload(identity.did(), 1, size(), root, Fakes.NOW);
      return new Checkpoint(
          identity.did(),
          1,
          size(),
          root,
          Fakes.NOW,
          identity.sign(SigningPurpose.CHECKPOINT, payload),
          List.of(
              new FakeIdentity("other").sign(SigningPurpose.COSIGNATURE, payload), new byte[3]));
    }

    @Override
    public Optional<Checkpoint> latest() {
      return entries.isEmpty() ? Optional.empty() : Optional.of(checkpoint());
    }

    @Override
    public void cosigned(long size, byte[] cosignature) {}

    @Override
    public List<byte[]> consistency(long from, long to) {
      return List.of();
    }

    @Override
    public byte[] receipt(long index) throws IOException {
      if (broken) {
        throw new IOException("The disk does not answer.");
      }
      return ("receipt " + index).getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public void export(OutputStream out) throws IOException {
      out.write(receipt(entries.size()));
    }

    @Override
    public void erase(List<Long> indices) {}

    @Override
    public List<Alarm> alarms() {
      return alarms;
    }
  }

  /** A ledger that says what it is told to say. */
  static final class Chain implements Ledger {
    final List<Status> statuses = new ArrayList<>();
    volatile String problem;
    volatile int resumed;

    void add(String key, Stage stage, Instant since, Long cost) {
      statuses.add(
          0,
          new Status(
              key,
              stage,
              since,
              Optional.of("0xabc"),
              stage == Stage.ACCEPTED ? Optional.empty() : Optional.of(17L),
              Optional.ofNullable(cost),
              Optional.empty()));
    }

    @Override
    public LedgerDescription description() {
      return new LedgerDescription(
          "ethereum~main", "Ethereum", "chain 246", "wei", "Two of three endpoints must agree.");
    }

    @Override
    public Status submit(Submission submission) {
      throw new IllegalStateException("the console submits nothing");
    }

    @Override
    public Optional<Status> status(String key) {
      return statuses.stream().filter(status -> status.key().equals(key)).findFirst();
    }

    @Override
    public Optional<byte[]> prove(String key) {
      return Optional.empty();
    }

    @Override
    public List<Status> recent(int limit) {
      return List.copyOf(statuses.subList(0, Math.min(limit, statuses.size())));
    }

    @Override
    public Optional<String> problem() {
      return Optional.ofNullable(problem);
    }

    @Override
    public void resume() throws IOException {
      if ("broken".equals(problem)) {
        throw new IOException("The disk refuses.");
      }
      resumed++;
    }
  }

  /** One contradiction. */
  static final class Doubts implements Contradictions {
    final List<Contradiction> all = new ArrayList<>();

    @Override
    public List<Contradiction> open() {
      return all.stream().filter(each -> each.to().isEmpty()).toList();
    }

    @Override
    public List<Contradiction> recent(int limit) {
      return List.copyOf(all.subList(0, Math.min(limit, all.size())));
    }

    @Override
    public boolean trusted(DeviceId device, Instant from, Instant to) {
      return all.isEmpty();
    }
  }

  /** One root per status of the ledger. */
  final class Roots implements Anchor {
    volatile String problem;

    @Override
    public List<Anchored> recent(int limit) {
      return chain.recent(limit).stream()
          .map(
              status ->
                  new Anchored(
                      "ethereum~main", 3, new byte[32], Fakes.NOW, Optional.of(OTHER), status))
          .toList();
    }

    @Override
    public List<Anchored> covering(long index) {
      return recent(1);
    }

    @Override
    public Optional<byte[]> proof(Anchored anchored) {
      return Optional.empty();
    }

    @Override
    public Optional<String> problem() {
      return Optional.ofNullable(problem);
    }
  }

  /** Neighbours in a map. */
  static final class Near implements Neighbours {
    final Map<String, Neighbour> all = new LinkedHashMap<>();

    @Override
    public List<Neighbour> list() {
      return List.copyOf(all.values());
    }

    @Override
    public Optional<Neighbour> find(String did) {
      return Optional.ofNullable(all.get(did));
    }

    @Override
    public Optional<KeyLog> keyLog(String did) {
      try {
        return did.equals(OTHER)
            ? Optional.of(KeyLog.verify(new FakeIdentity("other").keyLog()))
            : Optional.empty();
      } catch (IOException e) {
        throw new IllegalStateException(e);
      }
    }

    @Override
    public Neighbour add(String card, String name, String host, int port) throws IOException {
      if (!card.contains(OTHER)) {
        throw new IOException("This is no card of a hub.");
      }
      Neighbour neighbour =
          new Neighbour(OTHER, name, host, port, Optional.empty(), Optional.of("Not heard yet."));
      all.put(OTHER, neighbour);
      return neighbour;
    }

    @Override
    public void remove(String did) {
      all.remove(did);
    }

    @Override
    public CompletionStage<byte[]> ask(String did, Topic topic, byte[] question) {
      throw new IllegalStateException("the console asks nothing");
    }
  }
}
