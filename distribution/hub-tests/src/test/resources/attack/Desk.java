package org.commonshub.console.attack;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Hashtable;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.commonshub.measure.api.DeviceId;
import org.commonshub.measure.api.Measurement;
import org.commonshub.measure.api.Quantity;
import org.commonshub.measure.api.ReadingBus;
import org.commonshub.measure.api.ReadingFrame;
import org.commonshub.platform.api.Accounts;
import org.commonshub.platform.api.HubClock;
import org.commonshub.privacy.api.AccessRequest;
import org.commonshub.privacy.api.Consent;
import org.commonshub.privacy.api.Disclosure;
import org.commonshub.privacy.api.PrivacyDesk;
import org.commonshub.privacy.api.Terms;
import org.osgi.framework.BundleActivator;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceReference;

/** The prosumer at the console, and the meter: what the test needs of the hub, as a bundle of the hub. */
public final class Desk implements BundleActivator, Function<Object[], Object> {
  private BundleContext context;

  @Override
  public void start(BundleContext c) {
    context = c;
    c.registerService(Function.class, this, new Hashtable<>(java.util.Map.of("role", "desk")));
  }

  @Override
  public void stop(BundleContext c) {}

  @Override
  public Object apply(Object[] a) {
    try {
      return run(a);
    } catch (Exception e) {
      e.printStackTrace();
      return "failed: " + e;
    }
  }

  private Object run(Object[] a) throws Exception {
    switch ((String) a[0]) {
      case "publish":
        get(ReadingBus.class)
            .publish(
                new ReadingFrame(
                    DeviceId.parse((String) a[1]),
                    0,
                    (Instant) a[2],
                    (Long) a[3],
                    1,
                    List.of(Measurement.of(Quantity.ACTIVE_POWER, (Long) a[4], 0))));
        return "published";
      case "grant":
        {
          for (AccessRequest request : desk().requests()) {
            if (request.recipient().toString().equals(a[1])) {
              return desk().grant(request.id(), Terms.ANY, "prosumer").id();
            }
          }
          return "failed: nobody asks";
        }
      case "requests":
        {
          List<String> texts = new ArrayList<>();
          for (AccessRequest request : desk().requests()) {
            texts.add(request.recipient() + " " + request.text());
          }
          return texts;
        }
      case "withdraw":
        desk().withdraw((String) a[1], "prosumer");
        return "withdrawn";
      case "withdraw-all":
        for (Consent consent : desk().consents()) {
          if (consent.withdrawn().isEmpty()) {
            desk().withdraw(consent.id(), "prosumer");
          }
        }
        for (AccessRequest request : desk().requests()) {
          desk().refuse(request.id(), "prosumer");
        }
        return "withdrawn";
      case "pause":
        desk().pause((Boolean) a[1], "prosumer");
        return "done";
      case "accounts": // An owner, an operator, and a token; gives the token.
        {
          Accounts accounts = get(Accounts.class);
          accounts.claim(
              accounts.issueClaimCode().orElseThrow(), "owner", "owner owner owner".toCharArray(), "t");
          accounts.addUser("operator", "operator operator".toCharArray(), Accounts.Role.OPERATOR);
          return accounts
              .addToken(
                  "evil",
                  "owner",
                  Set.of(Accounts.Scope.values()),
                  get(HubClock.class).now().plusSeconds(3600))
              .secret();
        }
      case "consents":
        {
          List<String> texts = new ArrayList<>();
          for (Consent consent : desk().consents()) {
            texts.add(
                consent.recipient() + " " + consent.state() + " " + consent.valuesReleased() + " "
                    + consent.reason());
          }
          return texts;
        }
      case "log":
        {
          List<String> texts = new ArrayList<>();
          for (Disclosure line :
              desk()
                  .log(
                      new PrivacyDesk.Search(
                          Optional.empty(),
                          Optional.empty(),
                          Optional.empty(),
                          Optional.empty(),
                          Optional.empty()),
                      Long.MAX_VALUE,
                      (Integer) a[1])) {
            texts.add(line.recipient() + " " + line.values() + " " + line.what());
          }
          return texts;
        }
      default:
        return "no such wish";
    }
  }

  private PrivacyDesk desk() {
    return get(PrivacyDesk.class);
  }

  private <T> T get(Class<T> type) {
    ServiceReference<T> reference = context.getServiceReference(type);
    if (reference == null) {
      throw new IllegalStateException("no " + type.getSimpleName());
    }
    return context.getService(reference);
  }
}
