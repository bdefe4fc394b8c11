package org.commonshub.apps.zone.wire;

/** What an app in a zone asks of the hub, by ordinal on the wire. New ones go to the end. */
public enum Op {
  /** {@code []} → what {@link Values#home} says. */
  HOME,
  /** {@code []} → {@code [level, [features], degraded, paid until or null]}. */
  LICENCE,
  /** {@code [metric, amount]} → {@code [within]}. */
  USE,
  /** {@code [warning, text]} → {@code []}. */
  LOG,
  /** {@code [name]} → {@code [bytes or null]}. */
  GET,
  /** {@code [name, bytes]} → {@code []}. */
  PUT,
  /** {@code [name]} → {@code []}. */
  REMOVE,
  /** {@code []} → {@code [[names]]}. */
  NAMES,
  /** {@code [timer, milliseconds, again]} → {@code []}. */
  TIMER,
  /** {@code [timer]} → {@code []}. */
  CANCEL,
  /** {@code [method, uri, {headers}, body]} → {@code [status, {headers}, body]}. */
  HTTP,
  /** {@code []} → {@code [[actuators]]}. */
  ACTUATORS,
  /** {@code [device, actuator, value, reason, lease ms]} → {@code [accepted, applied, message]}. */
  SET,
  /** {@code [device, actuator]} → {@code [accepted, applied, message]}. */
  HAND_BACK,
  /** {@code []} → {@code [recipient]}. */
  RECIPIENT,
  /** {@code [terms, text]} → a grant. */
  ASK,
  /** {@code []} → {@code [[grants]]}. */
  GRANTS,
  /** {@code [purpose, from, to]} → a release. */
  READ,
  /** {@code [purpose, flow]} → {@code []}. */
  SUBSCRIBE,
  /** {@code [flow]} → {@code []}. */
  UNSUBSCRIBE
}
