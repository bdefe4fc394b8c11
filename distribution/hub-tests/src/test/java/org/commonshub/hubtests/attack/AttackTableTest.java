package org.commonshub.hubtests.attack;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Method;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;

/** The table of attacks names each test, and each test stands in it. */
class AttackTableTest {
  @Test
  void tableAndTestsAreTheSame() {
    Set<String> tests = new TreeSet<>();
    Map.of("Fence", FenceAttacksTest.class, "Gate", GateAttacksTest.class)
        .forEach(
            (name, type) -> {
              for (Method method : type.getDeclaredMethods()) {
                if (method.isAnnotationPresent(Test.class)
                    || method.isAnnotationPresent(ParameterizedTest.class)) {
                  tests.add(name + "." + method.getName());
                }
              }
            });
    assertThat(AttackTable.tests()).isEqualTo(tests).hasSizeGreaterThanOrEqualTo(30);
  }
}
