package org.commonshub.ledger.ethereum;

import java.math.BigInteger;
import java.net.URI;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.commonshub.identity.api.EvmAccount;
import org.commonshub.ledger.api.Ledger;
import org.commonshub.ledger.api.LedgerClient;
import org.commonshub.ledger.api.LedgerDescription;
import org.commonshub.ledger.api.Settlement;
import org.commonshub.ledger.api.Submission;
import org.commonshub.platform.api.HubClock;
import org.osgi.framework.BundleContext;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/**
 * One configured chain. It registers its services itself, so that an address with a key in it does
 * not become a service property.
 */
@Component(
    immediate = true,
    service = {},
    configurationPid = EthereumLedger.PID,
    configurationPolicy = ConfigurationPolicy.REQUIRE)
@Designate(ocd = EthereumLedger.Config.class, factory = true)
public final class EthereumLedger {
  static final String PID = "org.commonshub.ledger.ethereum";

  private static final Duration CONNECT = Duration.ofSeconds(3);
  private static final Map<Long, String> NETWORKS =
      Map.of(
          1L, "Ethereum",
          100L, "Gnosis",
          137L, "Polygon",
          246L, "Energy Web",
          73_799L, "Volta, test network of Energy Web",
          11_155_111L, "Sepolia, test network of Ethereum",
          31_337L, "development node");

  /** Settings of one chain. */
  @ObjectClassDefinition(
      name = "Ethereum ledger",
      description =
          "A chain with the Ethereum Virtual Machine on which this hub keeps the roots of its"
              + " journal. Public or permissioned; several at once are possible.")
  public @interface Config {
    @AttributeDefinition(
        name = "Name",
        description =
            "What this ledger is called on this hub; letters, digits and -. Default main.")
    String name() default "main";

    @AttributeDefinition(
        name = "Nodes",
        description =
            "Addresses of the nodes' JSON-RPC, http or https, the preferred one first. Several of"
                + " independent operators are better than one.")
    String[] endpoints();

    @AttributeDefinition(
        name = "Chain id",
        description = "Number of the network (EIP-155): 1 Ethereum, 246 Energy Web. No default.")
    long chainId();

    @AttributeDefinition(
        name = "Quorum",
        description =
            "How many nodes have to agree before anything is believed. 0: more than half of them."
                + " Default 0.")
    int quorum() default 0;

    @AttributeDefinition(
        name = "Finality",
        description =
            "When a block is in for good: finalized (what the network calls so), a number of"
                + " blocks, or immediate (QBFT). Default finalized.")
    String finality() default "finalized";

    @AttributeDefinition(
        name = "Anchor contract",
        description = "Address of EnergyAnchor on this chain, 0x and 40 hexadecimal digits.")
    String anchorContract();

    @AttributeDefinition(
        name = "Credits contract",
        description =
            "Address of EnergyCredits on this chain; empty if there is none. Default none.",
        required = false)
    String creditsContract() default "";

    @AttributeDefinition(
        name = "First block",
        description =
            "Block in which the contracts were made; older ones are not searched. Default 0.")
    long firstBlock() default 0;

    @AttributeDefinition(
        name = "Highest price",
        description =
            "Most that is paid per gas, in wei; above it anchoring waits. Default 100000000000"
                + " (100 gwei). 0 where gas is free.")
    long maxFeePerGas() default 100_000_000_000L;

    @AttributeDefinition(
        name = "Legacy transactions",
        description =
            "Transactions with one gas price (EIP-155) for networks without EIP-1559. Default"
                + " false.")
    boolean legacy() default false;

    @AttributeDefinition(
        name = "Validators",
        description =
            "Addresses of the validators of a QBFT network; two thirds of them have to have sealed"
                + " a block, then one node is enough. Empty elsewhere. Default none.",
        required = false)
    String[] validators() default {};
  }

  private final ExecutorService executor;
  private final List<ServiceRegistration<?>> registrations = new ArrayList<>();
  private final BundleContext bundles;

  @Activate
  public EthereumLedger(
      BundleContext bundles,
      Config config,
      @Reference(name = "clock") HubClock clock,
      @Reference(name = "account") EvmAccount account) {
    this.bundles = bundles;
    String name = config.name();
    if (!name.matches("[A-Za-z0-9-]{1,32}")) {
      throw new IllegalArgumentException("The name of a ledger is 1 to 32 letters, digits and -.");
    }
    executor =
        Executors.newSingleThreadExecutor(
            task -> {
              Thread thread = new Thread(task, "ledger.ethereum " + name);
              thread.setDaemon(true);
              return thread;
            });
    // The privacy gate releases no rounds yet.
    Predicate<Submission> released = round -> false;
    String ledger = "ethereum~" + name;
    try {
      EthereumClient client = client(ledger, config, clock, account, executor, released);
      register(LedgerClient.class, client, ledger);
      if (!config.creditsContract().isEmpty()) {
        register(Settlement.class, new EthereumSettlement(() -> outbox(ledger), released), ledger);
      }
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  /** Makes a client of its settings; throws IllegalArgumentException in plain words. */
  private static EthereumClient client(
      String ledger,
      Config config,
      HubClock clock,
      EvmAccount account,
      ExecutorService executor,
      Predicate<Submission> released) {
    HttpClient http =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER)
            .connectTimeout(CONNECT)
            .executor(executor)
            .build();
    List<Endpoint> endpoints = new ArrayList<>();
    for (String endpoint : config.endpoints()) {
      endpoints.add(new Endpoint(http, uri(endpoint), clock));
    }
    if (endpoints.isEmpty() || endpoints.size() > 16) {
      throw new IllegalArgumentException("A ledger has 1 to 16 nodes, not " + endpoints.size());
    }
    if (config.chainId() <= 0) {
      throw new IllegalArgumentException("A chain id is a number above 0.");
    }
    int quorum = config.quorum() == 0 ? endpoints.size() / 2 + 1 : config.quorum();
    if (quorum < 1 || quorum > endpoints.size()) {
      throw new IllegalArgumentException(
          "The quorum is 1 to the number of nodes, " + endpoints.size() + ", not " + quorum + ".");
    }
    Set<String> validators =
        Arrays.stream(config.validators())
            .map(text -> Bytes.hex(address("A validator", text)))
            .collect(Collectors.toSet());
    Optional<byte[]> credits =
        config.creditsContract().isEmpty()
            ? Optional.empty()
            : Optional.of(address("The credits contract", config.creditsContract()));
    String known = NETWORKS.get(config.chainId());
    LedgerDescription description =
        new LedgerDescription(
            ledger,
            "Ethereum",
            "chain " + config.chainId() + (known == null ? "" : ", " + known),
            config.maxFeePerGas() == 0 ? "" : "wei",
            trust(endpoints, quorum, validators.size()));
    return new EthereumClient(
        description,
        new EthereumClient.Contracts(
            address("The anchor contract", config.anchorContract()),
            credits,
            Math.max(0, config.firstBlock())),
        new Prices.Limit(BigInteger.valueOf(config.maxFeePerGas()), config.legacy()),
        new Chain(
            new Nodes(endpoints, config.chainId(), quorum),
            Finality.parse(config.finality()),
            validators),
        account,
        clock,
        released);
  }

  private static URI uri(String text) {
    URI uri;
    try {
      uri = URI.create(text);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("The address of a node is no URL."); // may hold a key
    }
    String scheme = uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
    if (uri.getHost() == null || !(scheme.equals("http") || scheme.equals("https"))) {
      throw new IllegalArgumentException("The address of a node begins with http:// or https://.");
    }
    return uri;
  }

  private static byte[] address(String what, String text) {
    try {
      return Bytes.address(text);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          what + " is 0x and 40 hexadecimal digits, not \"" + text + "\".", e);
    }
  }

  private static String trust(List<Endpoint> endpoints, int quorum, int validators) {
    String names = endpoints.stream().map(Endpoint::name).collect(Collectors.joining(", "));
    if (validators > 0) {
      return "Two thirds of the "
          + validators
          + " configured validators have to have signed a block; what "
          + names
          + " says is checked against it.";
    }
    if (endpoints.size() == 1) {
      return "The one node " + names + " is trusted: what it says is believed.";
    }
    return quorum == 1
        ? "Each of the nodes " + names + " is trusted: what one says is believed."
        : quorum
            + " of the nodes "
            + names
            + " have to agree on a block; what one says is checked against it.";
  }

  private Optional<Ledger> outbox(String ledger) {
    try {
      for (ServiceReference<Ledger> reference :
          bundles.getServiceReferences(
              Ledger.class, "(" + LedgerClient.NAME + "=" + ledger + ")")) {
        return Optional.ofNullable(bundles.getService(reference));
      }
      return Optional.empty();
    } catch (InvalidSyntaxException e) {
      throw new IllegalStateException("names are letters, digits, - and ~", e);
    }
  }

  private <T> void register(Class<T> type, T service, String ledger) {
    registrations.add(
        bundles.registerService(
            type, service, FrameworkUtil.asDictionary(Map.of(LedgerClient.NAME, ledger))));
  }

  @Deactivate
  void close() {
    registrations.forEach(ServiceRegistration::unregister);
    executor.shutdownNow();
  }
}
