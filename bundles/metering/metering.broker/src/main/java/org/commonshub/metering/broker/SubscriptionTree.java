package org.commonshub.metering.broker;

import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;

/**
 * Who wants which topics, as a tree of topic levels: finding the takers of a message costs the
 * levels of its topic, not the number of subscriptions.
 *
 * @param <S> subscriber; compared by identity
 */
final class SubscriptionTree<S> {
  private static final class Node<S> {
    final Map<String, Node<S>> children = new HashMap<>();
    final Map<S, Integer> takers = new IdentityHashMap<>();
    Node<S> any;

    /** Takers of a filter that ends in {@code #} here. */
    final Map<S, Integer> takersBelow = new IdentityHashMap<>();

    boolean isEmpty() {
      return children.isEmpty() && takers.isEmpty() && takersBelow.isEmpty() && any == null;
    }
  }

  private final Node<S> root = new Node<>();
  private int size;

  /** Subscriptions. */
  int size() {
    return size;
  }

  /** Adds a subscription or changes its quality of service. */
  void put(String filter, S subscriber, int qos) {
    Node<S> node = root;
    List<String> levels = List.of(filter.split("/", -1));
    for (String level : levels) {
      if (level.equals("#")) {
        size += node.takersBelow.put(subscriber, qos) == null ? 1 : 0;
        return;
      }
      if (level.equals("+")) {
        if (node.any == null) {
          node.any = new Node<>();
        }
        node = node.any;
      } else {
        node = node.children.computeIfAbsent(level, l -> new Node<>());
      }
    }
    size += node.takers.put(subscriber, qos) == null ? 1 : 0;
  }

  /** Removes a subscription; does nothing if there is none. */
  void remove(String filter, S subscriber) {
    remove(root, List.of(filter.split("/", -1)), 0, subscriber);
  }

  private void remove(Node<S> node, List<String> levels, int depth, S subscriber) {
    if (depth == levels.size()) {
      size -= node.takers.remove(subscriber) == null ? 0 : 1;
      return;
    }
    String level = levels.get(depth);
    if (level.equals("#")) {
      size -= node.takersBelow.remove(subscriber) == null ? 0 : 1;
      return;
    }
    Node<S> child = level.equals("+") ? node.any : node.children.get(level);
    if (child == null) {
      return;
    }
    remove(child, levels, depth + 1, subscriber);
    if (child.isEmpty()) {
      if (child == node.any) {
        node.any = null;
      } else {
        node.children.remove(level);
      }
    }
  }

  /** Finds the takers of a topic; one may be found several times (overlapping filters). */
  void match(String topic, BiConsumer<S, Integer> found) {
    match(root, topic.split("/", -1), 0, !topic.startsWith("$"), found);
  }

  private static <S> void match(
      Node<S> node, String[] levels, int depth, boolean wild, BiConsumer<S, Integer> found) {
    if (wild) {
      node.takersBelow.forEach(found); // "a/#" matches "a", too
    }
    if (depth == levels.length) {
      node.takers.forEach(found);
      return;
    }
    Node<S> child = node.children.get(levels[depth]);
    if (child != null) {
      match(child, levels, depth + 1, true, found);
    }
    if (wild && node.any != null) {
      match(node.any, levels, depth + 1, true, found);
    }
  }
}
