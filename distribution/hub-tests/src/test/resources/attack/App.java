package com.hostile.app;

import java.io.InputStream;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Hashtable;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.commonshub.measure.api.DeviceId;
import org.commonshub.measure.api.MeterRecord;
import org.commonshub.measure.api.ReadingSink;
import org.commonshub.privacy.api.Block;
import org.commonshub.privacy.api.DataKind;
import org.commonshub.privacy.api.EnergyData;
import org.commonshub.privacy.api.Granularity;
import org.commonshub.privacy.api.Noise;
import org.commonshub.privacy.api.PrivacyPolicy;
import org.commonshub.privacy.api.Purpose;
import org.commonshub.privacy.api.Recipient;
import org.commonshub.privacy.api.Release;
import org.commonshub.privacy.api.Terms;
import org.commonshub.privacy.api.TermsBuilder;

/** An app that wants more than it was given. It has no OSGi types: reflection gets it some. */
public final class App implements Function<Object[], Object>, ReadingSink, PrivacyPolicy {
  private final EnergyData data;
  private final AtomicInteger sunk = new AtomicInteger();
  private final List<String> heard = new CopyOnWriteArrayList<>();
  private final List<Release> delivered = new CopyOnWriteArrayList<>();
  private final List<EnergyData.Flow> flows = new ArrayList<>();
  private Release kept;

  public App(EnergyData data) {
    this.data = data;
  }

  @Override
  public Object apply(Object[] a) {
    try {
      return run(a);
    } catch (InvocationTargetException e) {
      return "failed: " + e.getCause();
    } catch (Throwable e) {
      return "failed: " + e;
    }
  }

  private Object run(Object[] a) throws Throwable {
    switch ((String) a[0]) {
      case "has-data":
        return data != null;
      case "recipient":
        return data.recipient().toString();
      // --- the framework, by reflection
      case "find":
        return call(context(), "getServiceReference", (Object) a[1]) != null;
      case "find-all":
        {
          Object[] all =
              (Object[]) call(context(), "getAllServiceReferences", new Object[] {null, null});
          Set<String> types = new TreeSet<>();
          for (Object reference : all == null ? new Object[0] : all) {
            types.addAll(
                Arrays.asList((String[]) call(reference, "getProperty", (Object) "objectClass")));
          }
          return List.copyOf(types);
        }
      case "listen":
        {
          Class<?> listener = framework("org.osgi.framework.AllServiceListener");
          Object proxy =
              Proxy.newProxyInstance(
                  listener.getClassLoader(),
                  new Class<?>[] {listener},
                  (self, method, args) -> {
                    if (method.getName().equals("serviceChanged")) {
                      Object reference = call(args[0], "getServiceReference");
                      heard.addAll(
                          Arrays.asList(
                              (String[]) call(reference, "getProperty", (Object) "objectClass")));
                      return null;
                    }
                    return method.getName().equals("hashCode") ? (Object) 1 : (Object) true;
                  });
          framework("org.osgi.framework.BundleContext")
              .getMethod("addServiceListener", framework("org.osgi.framework.ServiceListener"))
              .invoke(context(), proxy);
          return "listens";
        }
      case "heard":
        return List.copyOf(heard);
      case "bundles":
        return ((Object[]) call(context(), "getBundles")).length;
      case "offer":
        {
          @SuppressWarnings("unchecked")
          Map<String, Object> properties = (Map<String, Object>) a[2];
          return framework("org.osgi.framework.BundleContext")
              .getMethod("registerService", String.class, Object.class, java.util.Dictionary.class)
              .invoke(context(), a[1], factory(a[1]), new Hashtable<>(properties));
        }
      case "change":
        {
          @SuppressWarnings("unchecked")
          Map<String, Object> properties = (Map<String, Object>) a[2];
          framework("org.osgi.framework.ServiceRegistration")
              .getMethod("setProperties", java.util.Dictionary.class)
              .invoke(a[1], new Hashtable<>(properties));
          return "changed";
        }
      case "withdraw-offer":
        return call(a[1], "unregister");
      case "sunk":
        return sunk.get();
      case "install":
        {
          Object bundle =
              framework("org.osgi.framework.BundleContext")
                  .getMethod("installBundle", String.class, InputStream.class)
                  .invoke(context(), a[1], new java.io.ByteArrayInputStream((byte[]) a[2]));
          return call(bundle, "getState");
        }
      case "class":
        return Class.forName((String) a[1]).getName();
      case "thread-class":
        return Class.forName(
            (String) a[1], false, Thread.currentThread().getContextClassLoader());
      case "view-class-loader":
        return Class.forName((String) a[1], false, data.getClass().getClassLoader()).getName();
      case "deputy": // From the view to the bundle that made it, and its context.
        {
          Object gate = call(data.getClass().getClassLoader(), "getBundle");
          Object other = call(gate, "getBundleContext");
          return call(other, "getServiceReference", (Object) a[1]) != null;
        }
      // --- Java
      case "file":
        return Files.readAllBytes(Path.of((String) a[1])).length > 0;
      case "log":
        {
          Logger root = Logger.getLogger("");
          StringBuilder read = new StringBuilder();
          Handler handler =
              new Handler() {
                @Override
                public void publish(LogRecord record) {
                  read.append(record.getMessage()).append('\n');
                }

                @Override
                public void flush() {}

                @Override
                public void close() {}
              };
          root.addHandler(handler);
          try {
            ((Runnable) a[1]).run();
          } finally {
            root.removeHandler(handler);
          }
          return read.toString();
        }
      case "properties":
        return System.getProperties().toString();
      // --- the view
      case "ask":
        return data.ask(terms((String) a[1]), (String) a[2]).state().toString();
      case "grants":
        return data.grants().toString();
      case "read":
        kept = data.read(Purpose.valueOf((String) a[1]), (Instant) a[2], (Instant) a[3]);
        return text(kept);
      case "size":
        return data.read(Purpose.valueOf((String) a[1]), (Instant) a[2], (Instant) a[3]).size();
      case "spoil": // Change the arrays of what was released, and ask again.
        for (Block block : kept.blocks()) {
          Arrays.fill(block.mantissas(), 7_777_777);
          Arrays.fill(block.starts(), 0);
        }
        return "spoilt";
      case "subscribe":
        flows.add(data.subscribe(Purpose.valueOf((String) a[1]), delivered::add));
        return "subscribed";
      case "subscribe-blocking":
        flows.add(
            data.subscribe(
                Purpose.valueOf((String) a[1]),
                release -> {
                  delivered.add(release);
                  try {
                    Thread.sleep(60_000);
                  } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                  }
                }));
        return "subscribed";
      case "subscribe-throwing":
        flows.add(
            data.subscribe(
                Purpose.valueOf((String) a[1]),
                release -> {
                  delivered.add(release);
                  throw new StackOverflowError("hostile");
                }));
        return "subscribed";
      case "delivered":
        return delivered.size();
      case "delivered-text":
        return delivered.stream().map(App::text).toList().toString();
      case "unsubscribe":
        flows.forEach(EnergyData.Flow::close);
        flows.clear();
        delivered.clear();
        return "closed";
      case "mutable-terms":
        return mutableTerms();
      case "subclass":
        return java.lang.reflect.Modifier.isFinal(Class.forName((String) a[1]).getModifiers());
      case "view-fields":
        return fields(data, (String) a[1]);
      case "recipient-of": // Somebody handed over theirs.
        return ((EnergyData) a[1]).recipient().toString();
      case "view": // Handing the own view to somebody else.
        return data;
      default:
        return "no such attack";
    }
  }

  /** name=value pairs: purpose, quantity, resolution seconds, mode, days of history, recipient. */
  private static Terms terms(String spec) {
    TermsBuilder terms = Terms.ANY.toBuilder();
    terms.kinds(DataKind.READINGS).interval(Granularity.QUARTER_HOUR);
    terms.history(Duration.ofDays(2)).until(Instant.now().plus(Duration.ofDays(30)));
    terms.quantities(Set.of("power.active")).purposes(Purpose.ADVICE);
    terms.devices(Set.of(DeviceId.parse("33333333-0000-4000-8000-000000000001")));
    for (String pair : spec.split(" ")) {
      String[] kv = pair.split("=", 2);
      switch (kv[0]) {
        case "purpose" -> terms.purposes(Purpose.valueOf(kv[1]));
        case "quantity" -> terms.quantities(Set.of(kv[1]));
        case "resolution" -> terms.interval(Granularity.ofSeconds(Long.parseLong(kv[1])));
        case "raw" -> terms.raw();
        case "device" -> terms.devices(Set.of(DeviceId.parse(kv[1])));
        case "cohort" -> terms.aggregate(Granularity.QUARTER_HOUR, Integer.parseInt(kv[1]));
        case "days" -> terms.history(Duration.ofDays(Long.parseLong(kv[1])));
        case "hours" -> terms.history(Duration.ofHours(Long.parseLong(kv[1])));
        case "delay" -> terms.delay(Duration.ofSeconds(Long.parseLong(kv[1])));
        case "recipient" -> terms.recipient(Recipient.parse(kv[1]));
        case "seconds" -> terms.until(Instant.now().plusSeconds(Long.parseLong(kv[1])));
        case "policy" -> terms.policy(kv[1], "");
        case "noise" ->
            terms.noise(
                new Noise(100_000, Noise.Unit.INTERVAL, Long.parseLong(kv[1]), -10_000, 10_000));
        default -> {}
      }
    }
    return terms.build();
  }

  private static String mutableTerms() {
    Set<String> quantities = new TreeSet<>(Set.of("power.active"));
    TermsBuilder builder = Terms.ANY.toBuilder().quantities(quantities);
    Terms terms = builder.build();
    quantities.add("voltage.l1");
    int after = terms.quantities().orElseThrow().size();
    try {
      terms.quantities().orElseThrow().add("voltage.l1");
      return "changed the set";
    } catch (UnsupportedOperationException e) {
      return after == 1 ? "copied" : "aliased";
    }
  }

  private static String text(Release release) {
    StringBuilder text = new StringBuilder();
    for (Block block : release.blocks()) {
      text.append(block.subject()).append(' ').append(block.quantity()).append(' ');
      text.append(block.statistic()).append(' ').append(block.intervalSeconds());
      text.append(" e").append(block.exponent());
      for (int i = 0; i < block.size(); i++) {
        text.append(' ').append(block.starts()[i]).append('=').append(block.mantissas()[i]);
      }
      text.append('\n');
    }
    return text.toString();
  }

  /** Whether a type is reachable from an object by reading private fields, five steps deep. */
  private static boolean fields(Object root, String type) throws Exception {
    Set<Object> seen = java.util.Collections.newSetFromMap(new java.util.IdentityHashMap<>());
    List<Object> open = new ArrayList<>(List.of(root));
    for (int depth = 0; depth < 6; depth++) {
      List<Object> next = new ArrayList<>();
      for (Object object : open) {
        for (Class<?> c = object.getClass(); c != null && c != Object.class; c = c.getSuperclass()) {
          if (c.getName().startsWith("java.")) {
            continue;
          }
          for (var field : c.getDeclaredFields()) {
            if (field.getType().isPrimitive() || !field.trySetAccessible()) {
              continue;
            }
            Object value = field.get(object);
            if (value == null || !seen.add(value)) {
              continue;
            }
            for (Class<?> i = value.getClass(); i != null; i = i.getSuperclass()) {
              for (Class<?> each : i.getInterfaces()) {
                if (each.getName().equals(type)) {
                  return true;
                }
              }
            }
            next.add(value);
          }
        }
      }
      open = next;
    }
    return false;
  }

  @Override
  public void accept(List<MeterRecord> batch) {
    sunk.addAndGet(batch.size());
  }

  @Override
  public Block apply(Block block, Context context) {
    sunk.incrementAndGet(); // Let everything through as it is, and take a note.
    return block;
  }

  /** Registers itself where the type fits, and a factory that makes itself where it doesn't. */
  private Object factory(Object type) throws Exception {
    if (type.equals(ReadingSink.class.getName()) || type.equals(PrivacyPolicy.class.getName())) {
      return this;
    }
    Class<?> factory = framework("org.osgi.framework.ServiceFactory");
    return Proxy.newProxyInstance(
        factory.getClassLoader(), new Class<?>[] {factory}, (self, method, args) -> null);
  }

  private Object context() throws Exception {
    Object bundle = call(getClass().getClassLoader(), "getBundle");
    return call(bundle, "getBundleContext");
  }

  private Class<?> framework(String name) throws Exception {
    return Class.forName(name, true, getClass().getClassLoader().getClass().getClassLoader());
  }

  /** Calls a method of the framework's interfaces by its name and number of arguments. */
  private static Object call(Object target, String name, Object... args) throws Exception {
    for (Class<?> c = target.getClass(); c != null; c = c.getSuperclass()) {
      for (Class<?> type : interfaces(c)) {
        for (Method method : type.getMethods()) {
          if (method.getName().equals(name)
              && method.getParameterCount() == args.length
              && fits(method, args)) {
            return method.invoke(target, args);
          }
        }
      }
    }
    throw new NoSuchMethodException(name);
  }

  private static Set<Class<?>> interfaces(Class<?> type) {
    Set<Class<?>> all = new java.util.LinkedHashSet<>(List.of(type.getInterfaces()));
    for (Class<?> each : type.getInterfaces()) {
      all.addAll(interfaces(each));
    }
    return all;
  }

  private static boolean fits(Method method, Object[] args) {
    for (int i = 0; i < args.length; i++) {
      if (args[i] != null && !method.getParameterTypes()[i].isInstance(args[i])) {
        return false;
      }
    }
    return true;
  }
}
