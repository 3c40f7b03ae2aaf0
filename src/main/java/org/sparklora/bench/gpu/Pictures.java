package org.sparklora.bench.gpu;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import javax.imageio.ImageIO;

/** A picture in every precision, beside the CPU's in fp32. */
final class Pictures implements Part {
  /** Least PSNR in dB: in fp32 sums differ by their order; in half precision each product does. */
  private static final double FP32 = 40;

  private static final double HALF = 20;

  @Override
  public String name() {
    return "pictures";
  }

  @Override
  public List<Row> run(Node node) throws IOException, InterruptedException {
    Node cpu =
        new Node(false, node.home(), node.model(), node.program(), node.scratch(), node.deadline());
    BufferedImage expected = draw(cpu, "no", "cpu");
    List<Row> rows = new ArrayList<>();
    for (String precision : Node.PRECISIONS) {
      if (!node.gpu() && precision.equals("no")) {
        continue; // that is the picture to compare with
      }
      double psnr = psnr(expected, draw(node, precision, precision));
      rows.add(
          Row.promise(
              name(),
              precision + " beside fp32 on the CPU",
              String.format(Locale.ROOT, "PSNR %.1f dB", psnr),
              psnr >= (precision.equals("no") ? FP32 : HALF)));
    }
    return rows;
  }

  private static BufferedImage draw(Node node, String precision, String name)
      throws IOException, InterruptedException {
    Path folder = node.scratch().resolve("picture-" + name);
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "generate",
                "--pretrained_model_name_or_path=" + node.model(),
                "--prompt=a red apple",
                "--seed=1",
                "--num_inference_steps=8",
                "--output_dir=" + folder));
    arguments.addAll(node.precision(precision));
    node.run("generate-" + name, node.spark(1), arguments);
    try (Stream<Path> files = Files.list(folder)) {
      Path file = files.filter(one -> one.toString().endsWith(".png")).findFirst().orElseThrow();
      return ImageIO.read(file.toFile());
    }
  }

  /** Peak signal-to-noise ratio in dB, of 8 bits and three channels. */
  static double psnr(BufferedImage a, BufferedImage b) {
    if (a.getWidth() != b.getWidth() || a.getHeight() != b.getHeight()) {
      throw new CommandFailedException("The pictures have different sizes");
    }
    double sum = 0;
    for (int y = 0; y < a.getHeight(); y++) {
      for (int x = 0; x < a.getWidth(); x++) {
        for (int shift = 0; shift < 24; shift += 8) {
          double difference = ((a.getRGB(x, y) >> shift) & 255) - ((b.getRGB(x, y) >> shift) & 255);
          sum += difference * difference;
        }
      }
    }
    return 10 * Math.log10(255.0 * 255 * 3 * a.getWidth() * a.getHeight() / sum);
  }
}
