package org.sparklora.jobs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The code blocks of a page of documentation. A comment before a block says whether a test runs it:
 * {@code <!-- run -->}, {@code <!-- run: NAME -->} for one that is run apart from the others, or
 * {@code <!-- not run: WHY -->}.
 */
record DocumentedCommands(Path page, List<Block> blocks) {
  private static final String INDENT = "    ";

  /**
   * A block.
   *
   * @param mark what the comment before it says; empty where there is none
   */
  record Block(String mark, String text) {}

  static DocumentedCommands of(String name) throws IOException {
    Path page = Path.of("src", "docs", name);
    List<Block> blocks = new ArrayList<>();
    StringBuilder text = new StringBuilder();
    String mark = "";
    String before = "";
    for (String line : Files.readAllLines(page)) {
      if (line.startsWith(INDENT) && (!text.isEmpty() || before.isBlank())) {
        text.append(line.substring(INDENT.length())).append('\n');
      } else if (line.isBlank()) {
        text.append(text.isEmpty() ? "" : "\n");
      } else {
        add(blocks, mark, text);
        mark = line.startsWith("<!--") ? line.replaceAll("<!--|-->", "").strip() : "";
      }
      before = line;
    }
    add(blocks, mark, text);
    return new DocumentedCommands(page, List.copyOf(blocks));
  }

  private static void add(List<Block> blocks, String mark, StringBuilder text) {
    if (!text.isEmpty()) {
      blocks.add(new Block(mark, text.toString().stripTrailing() + "\n"));
      text.setLength(0);
    }
  }

  /** A script of the blocks with this mark, that shows each command and ends at the first error. */
  String script(String mark) {
    StringBuilder script = new StringBuilder("set -eux\n");
    blocks.stream()
        .filter(block -> block.mark().equals(mark))
        .forEach(block -> script.append(block.text()));
    return script.toString();
  }
}
