package org.sparklora.pipeline;

import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import javax.imageio.ImageIO;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Pictures in a table: a column a prompt, a row a model. */
public final class PromptGrid {
  private static final Logger LOG = LoggerFactory.getLogger(PromptGrid.class);
  private static final int LABEL = 22;
  private static final int MARGIN = 76;
  private static final int GAP = 6;

  private record Row(String label, List<BufferedImage> pictures) {}

  private final List<String> prompts;
  private final List<Row> rows = new ArrayList<>();

  public PromptGrid(List<String> prompts) {
    this.prompts = List.copyOf(prompts);
  }

  /** Draws every prompt. */
  public void addRow(String label, Function<String, BufferedImage> draw) {
    List<BufferedImage> pictures = new ArrayList<>();
    for (String prompt : prompts) {
      pictures.add(draw.apply(prompt));
      LOG.info("Drew \"{}\" ({})", prompt, label);
    }
    rows.add(new Row(label, pictures));
  }

  /** The table as a PNG file. */
  public byte[] png() {
    BufferedImage any = rows.get(0).pictures().get(0);
    int column = any.getWidth() + GAP;
    int line = any.getHeight() + GAP;
    BufferedImage table =
        new BufferedImage(
            MARGIN + prompts.size() * column,
            LABEL + rows.size() * line,
            BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = table.createGraphics();
    graphics.setColor(Color.WHITE);
    graphics.fillRect(0, 0, table.getWidth(), table.getHeight());
    for (int y = 0; y < rows.size(); y++) {
      for (int x = 0; x < prompts.size(); x++) {
        BufferedImage picture = rows.get(y).pictures().get(x);
        graphics.drawImage(picture, MARGIN + x * column, LABEL + y * line, null);
      }
    }
    label(graphics, column, line);
    graphics.dispose();
    try {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      ImageIO.write(table, "png", out);
      return out.toByteArray();
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot encode the pictures", e);
    }
  }

  private void label(Graphics2D graphics, int column, int line) {
    try {
      graphics.setColor(Color.BLACK);
      graphics.setFont(new Font(Font.SANS_SERIF, Font.PLAIN, 12));
      graphics.setRenderingHint(
          RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
      for (int x = 0; x < prompts.size(); x++) {
        graphics.drawString(prompts.get(x), MARGIN + x * column, LABEL - GAP);
      }
      for (int y = 0; y < rows.size(); y++) {
        graphics.drawString(rows.get(y).label(), GAP, LABEL + y * line + line / 2);
      }
    } catch (InternalError | NoClassDefFoundError e) {
      // A machine without fonts: the pictures are there, their order is that of the prompts.
      LOG.warn("Cannot label the pictures: {}", e.toString());
    }
  }
}
