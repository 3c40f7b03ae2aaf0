package org.sparklora.spark.tree;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.sparklora.train.step.GradientTree;

/** The micro-batches of a step from {@code begin} to before {@code end}. */
public record Span(int begin, int end) {
  /** The same micro-batches in as few spans as possible, in their order. */
  static List<Span> joined(Collection<Span> spans) {
    List<Span> joined = new ArrayList<>();
    for (Span span : spans.stream().sorted(Comparator.comparingInt(Span::begin)).toList()) {
      int last = joined.size() - 1;
      if (last >= 0 && joined.get(last).end() == span.begin()) {
        joined.set(last, new Span(joined.get(last).begin(), span.end()));
      } else {
        joined.add(span);
      }
    }
    return joined;
  }

  /** The largest subtrees of the summing tree in some spans that do not touch. */
  static Set<GradientTree.Node> nodes(List<Span> spans, int microBatches) {
    Set<GradientTree.Node> nodes = new TreeSet<>();
    spans.forEach(
        span -> nodes.addAll(GradientTree.ownedBy(span.begin(), span.end(), microBatches)));
    return nodes;
  }
}
