package org.commonshub.ledger.ethereum;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Dictionary;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.commonshub.ledger.api.LedgerClient;
import org.commonshub.ledger.api.LedgerDescription;
import org.commonshub.ledger.api.Settlement;
import org.commonshub.testing.fakes.FakeHubClock;
import org.junit.jupiter.api.Test;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceRegistration;

class EthereumLedgerTest {
  private static final String ADDRESS = "0x" + "ab".repeat(20);

  /** What the component registered, by the name of the class. */
  private final Map<String, Object> services = new LinkedHashMap<>();

  private final List<Dictionary<?, ?>> properties = new ArrayList<>();

  private static Map<String, Object> settings() {
    Map<String, Object> settings = new HashMap<>();
    settings.put("endpoints", new String[] {"https://node.example/secret-key"});
    settings.put("chainId", 246L);
    settings.put("anchorContract", ADDRESS);
    return settings;
  }

  private static EthereumLedger.Config config(Map<String, Object> settings) {
    return (EthereumLedger.Config)
        Proxy.newProxyInstance(
            EthereumLedgerTest.class.getClassLoader(),
            new Class<?>[] {EthereumLedger.Config.class},
            (proxy, method, arguments) ->
                settings.getOrDefault(method.getName(), method.getDefaultValue()));
  }

  private EthereumLedger start(Map<String, Object> settings) {
    BundleContext context =
        (BundleContext)
            Proxy.newProxyInstance(
                EthereumLedgerTest.class.getClassLoader(),
                new Class<?>[] {BundleContext.class},
                (proxy, method, arguments) -> {
                  if (!method.getName().equals("registerService")) {
                    return null;
                  }
                  String name = ((Class<?>) arguments[0]).getName();
                  services.put(name, arguments[1]);
                  properties.add((Dictionary<?, ?>) arguments[2]);
                  return Proxy.newProxyInstance(
                      EthereumLedgerTest.class.getClassLoader(),
                      new Class<?>[] {ServiceRegistration.class},
                      (registration, call, none) -> services.remove(name));
                });
    return new EthereumLedger(context, config(settings), new FakeHubClock(), TestAccount.of(1));
  }

  @Test
  void registersAClientWithoutItsSecretsAndTakesItBack() {
    EthereumLedger ledger = start(settings());
    assertThat(services).containsOnlyKeys(LedgerClient.class.getName());
    assertThat(properties.get(0).get(LedgerClient.NAME)).isEqualTo("ethereum~main");
    LedgerDescription described =
        ((LedgerClient) services.get(LedgerClient.class.getName())).describe();
    assertThat(described.toString()).doesNotContain("secret-key");
    assertThat(described.network()).isEqualTo("chain 246, Energy Web");
    assertThat(described.trust()).contains("node.example is trusted");
    ledger.close();
    assertThat(services).isEmpty();
  }

  @Test
  void saysWhomOneHasToBelieve() {
    Map<String, Object> settings = settings();
    settings.put("endpoints", new String[] {"http://a:8545", "http://b", "https://c"});
    assertThat(trust(settings)).startsWith("2 of the nodes a:8545, b, c have to agree");
    settings.put("quorum", 1);
    assertThat(trust(settings)).startsWith("Each of the nodes");
    settings.put("validators", new String[] {ADDRESS});
    assertThat(trust(settings)).startsWith("Two thirds of the 1 configured validators");
  }

  private String trust(Map<String, Object> settings) {
    EthereumLedger ledger = start(settings);
    String trust = ((LedgerClient) services.get(LedgerClient.class.getName())).describe().trust();
    ledger.close();
    return trust;
  }

  @Test
  void settlementIsThereWithItsContractAndStillRefuses() {
    Map<String, Object> settings = settings();
    settings.put("creditsContract", ADDRESS);
    EthereumLedger ledger = start(settings);
    Settlement settlement = (Settlement) services.get(Settlement.class.getName());
    assertThatThrownBy(
            () ->
                settlement.settle(
                    new Settlement.Round("r", List.of(new Settlement.Share(ADDRESS, 1)))))
        .hasMessageContaining("privacy gate");
    ledger.close();
  }

  @Test
  void mistakesInTheSettingsAreNamed() {
    Map<String, Object> bad = new LinkedHashMap<>();
    bad.put("name", "a name");
    bad.put("endpoints", new String[] {});
    bad.put("chainId", 0L);
    bad.put("quorum", 2);
    bad.put("finality", "soon");
    bad.put("anchorContract", "0x12");
    bad.put("creditsContract", "nowhere");
    bad.put("validators", new String[] {"0x"});
    bad.forEach(
        (key, value) -> {
          Map<String, Object> settings = settings();
          settings.put(key, value);
          assertThatThrownBy(() -> start(settings))
              .as(key)
              .isInstanceOf(IllegalArgumentException.class)
              .hasMessageContaining(" ");
          assertThat(services).isEmpty();
        });
    for (String address : List.of("ftp://node/secret-key", "secret-key", "http://", "h t")) {
      Map<String, Object> settings = settings();
      settings.put("endpoints", new String[] {address});
      assertThatThrownBy(() -> start(settings))
          .isInstanceOf(IllegalArgumentException.class)
          .message()
          .doesNotContain("secret-key");
    }
  }
}
