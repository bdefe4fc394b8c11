package org.commonshub.benchmarks;

import java.util.Map;
import java.util.ServiceLoader;
import java.util.TreeMap;

/** {@code bench --list | NAME}: last line of standard output is one JSON object. */
public final class Main {
  private Main() {}

  public static void main(String[] args) throws Exception {
    Map<String, Bench> benches = new TreeMap<>();
    ServiceLoader.load(Bench.class).forEach(bench -> benches.put(bench.name(), bench));
    if (args.length == 1 && args[0].equals("--list")) {
      benches.values().forEach(b -> System.out.printf("%-10s %s%n", b.name(), b.summary()));
      return;
    }
    if (args.length != 1 || !benches.containsKey(args[0])) {
      System.err.println("Usage: ./bench NAME, one of " + benches.keySet() + ", or ./bench --list");
      System.exit(2);
    }
    Bench bench = benches.get(args[0]);
    Bench.Result result = bench.run(System.err);
    System.out.println(
        "{\"bench\":\""
            + bench.name()
            + "\",\"figures\":"
            + json(result.figures())
            + ",\"baseline\":"
            + json(result.baseline())
            + "}");
    System.out.flush();
    System.exit(0); // A bench may leave client threads behind; its figures are out.
  }

  private static String json(Map<String, Number> figures) {
    StringBuilder text = new StringBuilder("{");
    figures.forEach(
        (name, figure) -> {
          if (text.length() > 1) {
            text.append(',');
          }
          text.append('"').append(name).append("\":").append(figure);
        });
    return text.append('}').toString();
  }
}
