package org.commonshub.ledger.ethereum;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/**
 * Runs the contracts' own tests: committed bytecode against sources, fuzz and invariant tests, gas,
 * and an ERC-1155 suite that others wrote. See contracts/README.md.
 */
class ContractsTest {
  @Test
  void contractsPassTheirTests() throws Exception {
    Path output = Path.of("target/contracts-tests.txt");
    Process tests =
        new ProcessBuilder("sh", "check-contracts.sh")
            .directory(Path.of("contracts").toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    try {
      assertThat(tests.waitFor(10, TimeUnit.MINUTES)).as("done, see " + output).isTrue();
    } finally {
      tests.descendants().forEach(ProcessHandle::destroy);
      tests.destroy();
    }
    String text = Files.readString(output);
    assertThat(tests.exitValue()).as(text).isZero();
    System.out.println(text);
    assumeFalse(text.startsWith("SKIPPED"), text);
  }
}
