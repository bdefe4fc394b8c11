package org.commonshub.apps.zone.wire;

/** What the hub asks of a zone, by ordinal on the wire. New ones go to the end. */
public enum Ask {
  /** To the zone: {@code []} → {@code [resident bytes, CPU ms, threads, {app: CPU ms}]}. */
  PING,
  /** A piece of a bundle: {@code [bytes]} → {@code []}. */
  JAR,
  /** Starts what was sent: {@code [id, version, [names of services]]} → {@code []}. */
  START,
  /** {@code []} → {@code []}. */
  STOP,
  /** {@code [language tag]} → {@code [cards]}. */
  CARDS,
  /** {@code [form, {field: value}, language tag]} → {@code [reason or null]}. */
  SUBMIT,
  /** {@code []} → {@code [sentence or null]}. */
  PROBLEM,
  /** A timer is due: {@code [timer]} → {@code []}. */
  TIMER,
  /** Data was released: {@code [flow, release]} → {@code []}. */
  RELEASE,
  /** Whether its thread still turns: {@code []} → {@code []}. */
  PROBE
}
