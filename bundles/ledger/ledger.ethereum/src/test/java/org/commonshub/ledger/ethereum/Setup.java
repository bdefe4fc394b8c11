package org.commonshub.ledger.ethereum;

import java.math.BigInteger;
import java.net.URI;
import java.net.http.HttpClient;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.commonshub.ledger.api.LedgerDescription;
import org.commonshub.ledger.api.Submission;
import org.commonshub.testing.fakes.FakeHubClock;

/** A client under test and its settings. */
final class Setup {
  static final HttpClient HTTP =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  List<URI> nodes = new ArrayList<>();
  long chainId = 31_337;
  int quorum = 1;
  String finality = "2";
  Set<String> validators = Set.of();
  byte[] anchor = new byte[20];
  Optional<byte[]> credits = Optional.empty();
  BigInteger maxFee = BigInteger.valueOf(100_000_000_000L);
  boolean legacy;
  TestAccount account = TestAccount.of(1);
  FakeHubClock clock = new FakeHubClock();
  Predicate<Submission> released = submission -> true;

  Chain chain() {
    return new Chain(
        new Nodes(
            nodes.stream().map(uri -> new Endpoint(HTTP, uri, clock)).toList(), chainId, quorum),
        Finality.parse(finality),
        validators);
  }

  EthereumClient client() {
    return new EthereumClient(
        new LedgerDescription(
            "ethereum~test", "Ethereum", "chain " + chainId, "wei", "A test's node is trusted."),
        new EthereumClient.Contracts(anchor, credits, 0),
        new Prices.Limit(maxFee, legacy),
        chain(),
        account,
        clock,
        released);
  }
}
