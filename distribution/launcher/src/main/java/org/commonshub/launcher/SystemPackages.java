package org.commonshub.launcher;

/**
 * Packages of the launcher's class path that bundles see: one copy of slf4j (so that its provider
 * is bound once, FACTS of slf4j 2 in OSGi) and one of jackson-core.
 */
final class SystemPackages {
  private static final String JACKSON = ";version=2.22.4";

  static final String EXTRA =
      String.join(
          ",",
          "org.slf4j;version=2.0.17",
          "org.slf4j.event;version=2.0.17",
          "org.slf4j.helpers;version=2.0.17",
          "org.slf4j.spi;version=2.0.17",
          "org.slf4j;version=1.7.36",
          "org.slf4j.event;version=1.7.36",
          "org.slf4j.helpers;version=1.7.36",
          "org.slf4j.spi;version=1.7.36",
          "com.fasterxml.jackson.core" + JACKSON,
          "com.fasterxml.jackson.core.async" + JACKSON,
          "com.fasterxml.jackson.core.base" + JACKSON,
          "com.fasterxml.jackson.core.exc" + JACKSON,
          "com.fasterxml.jackson.core.filter" + JACKSON,
          "com.fasterxml.jackson.core.format" + JACKSON,
          "com.fasterxml.jackson.core.io" + JACKSON,
          "com.fasterxml.jackson.core.json" + JACKSON,
          "com.fasterxml.jackson.core.json.async" + JACKSON,
          "com.fasterxml.jackson.core.sym" + JACKSON,
          "com.fasterxml.jackson.core.type" + JACKSON,
          "com.fasterxml.jackson.core.util" + JACKSON);

  private SystemPackages() {}
}
