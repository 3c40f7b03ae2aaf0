package org.sparklora.report;

import java.awt.Color;
import java.awt.Font;
import java.awt.FontMetrics;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToIntFunction;
import javax.imageio.ImageIO;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sparklora.report.event.RunEvent.ValidationPicture;

/**
 * Pictures in rows and columns, with a label above each column and left of each row, such as a row
 * for each prompt and the columns "base" and "adapted". It needs no display. On a machine without
 * fonts the labels are left out.
 */
public final class ImageGrid {
  private static final Logger LOG = LoggerFactory.getLogger(ImageGrid.class);
  private static final int GAP = 8;
  private static final int FONT_SIZE = 14;
  private static final int LABEL_HEIGHT = 20;
  private static final int LABEL_WIDTH = 160;

  static {
    // A DISPLAY variable without a display must not fail a run.
    if (System.getProperty("java.awt.headless") == null) {
      System.setProperty("java.awt.headless", "true");
    }
  }

  private final List<String> columns;
  private final List<String> rows;
  private final List<List<BufferedImage>> images;
  private final int cellWidth;
  private final int cellHeight;

  /**
   * @param images {@code images.get(row).get(column)}, of any sizes; smaller ones are not enlarged
   */
  public ImageGrid(List<String> columns, List<String> rows, List<List<BufferedImage>> images) {
    if (images.size() != rows.size()
        || images.stream().anyMatch(row -> row.size() != columns.size())) {
      throw new IllegalArgumentException(
          "images do not fill " + rows.size() + " rows of " + columns.size());
    }
    this.columns = List.copyOf(columns);
    this.rows = List.copyOf(rows);
    this.images = images.stream().map(List::copyOf).toList();
    cellWidth = largest(BufferedImage::getWidth);
    cellHeight = largest(BufferedImage::getHeight);
  }

  private int largest(ToIntFunction<BufferedImage> side) {
    return images.stream().flatMap(List::stream).mapToInt(side).max().orElse(1);
  }

  /**
   * All validation pictures in one PNG: those of the base model above, those of the adapted model
   * below.
   */
  public static byte[] png(List<ValidationPicture> pictures) throws IOException {
    List<BufferedImage> above = new ArrayList<>();
    List<BufferedImage> below = new ArrayList<>();
    for (ValidationPicture picture : pictures) {
      above.add(ImageIO.read(new ByteArrayInputStream(picture.base())));
      below.add(ImageIO.read(new ByteArrayInputStream(picture.adapted())));
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    new ImageGrid(
            pictures.stream().map(ValidationPicture::prompt).toList(),
            List.of("base", "adapted"),
            List.of(above, below))
        .writePng(out);
    return out.toByteArray();
  }

  /** Writes the picture as PNG; the stream stays open. */
  public void writePng(OutputStream out) throws IOException {
    ImageIO.write(render(), "png", out);
  }

  /** Draws the picture, RGB on white. */
  public BufferedImage render() {
    BufferedImage canvas =
        new BufferedImage(
            LABEL_WIDTH + columns.size() * (cellWidth + GAP) + GAP,
            LABEL_HEIGHT + rows.size() * (cellHeight + GAP) + GAP,
            BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = canvas.createGraphics();
    try {
      graphics.setColor(Color.WHITE);
      graphics.fillRect(0, 0, canvas.getWidth(), canvas.getHeight());
      for (int row = 0; row < rows.size(); row++) {
        for (int column = 0; column < columns.size(); column++) {
          graphics.drawImage(images.get(row).get(column), left(column), top(row), null);
        }
      }
      drawLabels(graphics);
    } finally {
      graphics.dispose();
    }
    return canvas;
  }

  private int left(int column) {
    return LABEL_WIDTH + GAP + column * (cellWidth + GAP);
  }

  private int top(int row) {
    return LABEL_HEIGHT + GAP + row * (cellHeight + GAP);
  }

  private void drawLabels(Graphics2D graphics) {
    try {
      graphics.setColor(Color.BLACK);
      graphics.setFont(new Font(Font.SANS_SERIF, Font.PLAIN, FONT_SIZE));
      graphics.setRenderingHint(
          RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
      FontMetrics metrics = graphics.getFontMetrics();
      for (int column = 0; column < columns.size(); column++) {
        String label = shortened(columns.get(column), cellWidth, metrics);
        graphics.drawString(label, left(column), LABEL_HEIGHT);
      }
      for (int row = 0; row < rows.size(); row++) {
        LabelLines lines = LabelLines.wrap(rows.get(row), LABEL_WIDTH - GAP, metrics);
        lines.draw(graphics, GAP, top(row), cellHeight);
      }
    } catch (LinkageError | InternalError | RuntimeException e) {
      // A JRE without fontconfig or libfreetype throws one of these.
      LOG.warn(
          "Leaving the labels out of the picture grid: this machine has no fonts ({})",
          e.toString());
    }
  }

  private static String shortened(String label, int width, FontMetrics metrics) {
    String text = label;
    while (metrics.stringWidth(text) > width && text.length() > 1) {
      text = text.substring(0, text.length() - 1);
    }
    return text;
  }

  /** A label broken into lines at spaces. */
  private record LabelLines(List<String> lines, int lineHeight, int ascent) {
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
}
