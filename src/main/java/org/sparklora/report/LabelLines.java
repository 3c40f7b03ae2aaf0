package org.sparklora.report;

import java.awt.FontMetrics;
import java.awt.Graphics2D;
import java.util.ArrayList;
import java.util.List;

/** A label broken into lines at spaces. */
record LabelLines(List<String> lines, int lineHeight, int ascent) {
  static LabelLines wrap(String label, int width, FontMetrics metrics) {
    List<String> lines = new ArrayList<>();
    String line = "";
    for (String word : label.trim().split("\\s+", -1)) {
      String longer = line.isEmpty() ? word : line + " " + word;
      if (!line.isEmpty() && metrics.stringWidth(longer) > width) {
        lines.add(line);
        longer = word;
      }
      line = longer;
    }
    lines.add(line);
    return new LabelLines(List.copyOf(lines), metrics.getHeight(), metrics.getAscent());
  }

  /** Draws as many lines as fit into {@code height} pixels from {@code top}. */
  void draw(Graphics2D graphics, int left, int top, int height) {
    int fitting = Math.min(lines.size(), Math.max(1, height / lineHeight));
    for (int i = 0; i < fitting; i++) {
      graphics.drawString(lines.get(i), left, top + ascent + i * lineHeight);
    }
  }
}
