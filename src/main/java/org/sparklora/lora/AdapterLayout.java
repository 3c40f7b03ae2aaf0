package org.sparklora.lora;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.LongStream;
import org.sparklora.lora.lycoris.LycorisFactors;
import org.sparklora.model.ModelFamily;
import org.sparklora.model.Network;
import org.sparklora.tensor.KeyedRandom;
import org.sparklora.tensor.KeyedRandom.Purpose;
import org.sparklora.util.InvalidInputException;

/**
 * The layout of an adapter in the flat vector that optimizer, reduction and checkpoints work on.
 * Modules are ordered by network and name. A comes before B, and B before the magnitude. The rows
 * of new tokens come last. Every tensor is row-major.
 *
 * @param modules the adapted modules: the UNet's, then each text encoder's, sorted by name
 * @param tokens the new tokens
 */
public record AdapterLayout(List<Module> modules, List<Token> tokens) {
  private static final Pattern TEXT_LAYER =
      Pattern.compile("text_model\\.encoder\\.layers\\.(\\d{1,4})\\..*");

  /**
   * One adapted module.
   *
   * @param network whose layer it is
   * @param name its name in the network
   * @param downShape A: {@code r x in} of a linear layer, {@code r x in x k x k} of a convolution
   * @param upShape B: {@code out x r}, or {@code out x r x 1 x 1}
   * @param scale the factor on {@code B A}
   * @param dora whether the magnitude of each output row is trained, too
   * @param unread whether no result depends on the module, so that it has no gradient
   * @param downOffset index of A in the flat vector, or of the first factor
   * @param lycoris the factors of an update that has others than B and A; A and B then say only
   *     which rank and which layer it is
   */
  public record Module(
      Network network,
      String name,
      long[] downShape,
      long[] upShape,
      double scale,
      boolean dora,
      boolean unread,
      int downOffset,
      Optional<LycorisFactors> lycoris) {
    /** The rank r. */
    public int rank() {
      return Math.toIntExact(downShape[0]);
    }

    public int downSize() {
      return product(downShape);
    }

    public int upSize() {
      return product(upShape);
    }

    /** The index of B in the flat vector. */
    public int upOffset() {
      return downOffset + downSize();
    }

    /** The number of values of the magnitude: one for each output row with DoRA, otherwise 0. */
    public int magnitudeSize() {
      return dora ? Math.toIntExact(upShape[0]) : 0;
    }

    /** The index of the magnitude in the flat vector. */
    public int magnitudeOffset() {
      return upOffset() + upSize();
    }

    int end() {
      return lycoris
          .map(factors -> Math.addExact(downOffset, factors.size()))
          .orElseGet(() -> Math.addExact(magnitudeOffset(), magnitudeSize()));
    }

    /**
     * The index after the module's last value, as a double, because it may be too large for an int.
     */
    private double wantedEnd() {
      return downOffset
          + lycoris
              .map(LycorisFactors::count)
              .orElseGet(() -> count(downShape) + count(upShape) + (dora ? upShape[0] : 0));
    }

    private static double count(long[] shape) {
      return LongStream.of(shape).asDoubleStream().reduce(1, (a, b) -> a * b);
    }

    private static int product(long[] shape) {
      long product = 1;
      for (long size : shape) {
        product *= size;
      }
      return Math.toIntExact(product);
    }
  }

  /**
   * One new token.
   *
   * @param encoder whose token embedding the rows are of
   * @param width of a row
   * @param offset index of its rows in the flat vector
   */
  public record Token(NewToken token, Network encoder, int width, int offset) {
    /** The number of its values, {@code vectors x width}. */
    public int size() {
      return Math.multiplyExact(token.vectors(), width);
    }

    int end() {
      return Math.addExact(offset, size());
    }
  }

  public AdapterLayout {
    modules = List.copyOf(modules);
    tokens = List.copyOf(tokens);
  }

  /**
   * Lays out an adapter for the UNet only.
   *
   * @param weights the shapes of the network's tensors by name, as its model file lists them
   * @throws InvalidInputException (CONFIGURATION) when a target matches no module
   */
  public static AdapterLayout of(Map<String, long[]> weights, LoraConfig config) {
    return of(
        ModelFamily.STABLE_DIFFUSION,
        Map.of(Network.UNET, weights),
        Map.of(),
        Trainables.unet(config));
  }

  /**
   * Lays out what a run trains of a model with one text encoder.
   *
   * @param weights the shapes of each network's tensors by name
   * @param tokenWidth width of the text encoder's token embedding
   * @throws InvalidInputException (CONFIGURATION) when a target or a pattern matches no module
   */
  public static AdapterLayout of(
      Map<Network, Map<String, long[]>> weights, int tokenWidth, Trainables trainables) {
    return of(
        ModelFamily.STABLE_DIFFUSION,
        weights,
        Map.of(Network.TEXT_ENCODER, tokenWidth),
        trainables);
  }

  /**
   * Lays out the trained values of a run.
   *
   * @param weights the shapes of each network's tensors by name
   * @param tokenWidths width of each text encoder's token embedding
   * @throws InvalidInputException (CONFIGURATION) when a target or a pattern matches no module
   */
  public static AdapterLayout of(
      ModelFamily family,
      Map<Network, Map<String, long[]>> weights,
      Map<Network, Integer> tokenWidths,
      Trainables trainables) {
    List<Module> modules = new ArrayList<>();
    int end = 0;
    for (Network network : trainables.lora().keySet()) {
      end = add(modules, family, network, weights.get(network), trainables, end);
    }
    requirePatternsUsed(trainables, modules);
    List<Token> tokens = new ArrayList<>();
    for (Network encoder : new TreeSet<>(tokenWidths.keySet())) {
      for (NewToken token : trainables.tokens()) {
        Token rows = new Token(token, encoder, tokenWidths.get(encoder), end);
        tokens.add(rows);
        end = rows.end();
      }
    }
    return new AdapterLayout(modules, tokens);
  }

  private static int add(
      List<Module> modules,
      ModelFamily family,
      Network network,
      Map<String, long[]> weights,
      Trainables trainables,
      int begin) {
    LoraConfig config = trainables.lora().get(network);
    TargetModules targets = TargetModules.of(network, config.targetModules());
    TreeMap<String, long[]> adaptable = new TreeMap<>();
    weights.forEach(
        (tensor, shape) -> {
          if (tensor.endsWith(".weight") && (shape.length == 2 || shape.length == 4)) {
            adaptable.put(tensor.substring(0, tensor.length() - ".weight".length()), shape);
          }
        });
    adaptable.keySet().removeIf(AdapterLayout::isEmbedding);
    targets.requireAllUsed(adaptable.keySet());
    adaptable.keySet().removeIf(name -> !targets.match(name));
    int end = begin;
    int layers = textLayers(weights.keySet());
    for (Map.Entry<String, long[]> layer : adaptable.entrySet()) {
      boolean unread = family.isUnread(network, layer.getKey(), layers, trainables.clipSkip());
      Module module = module(network, layer.getKey(), layer.getValue(), config, unread, end);
      if (module.wantedEnd() > Integer.MAX_VALUE) {
        throw InvalidInputException.configuration(
            "Invalid --rank: "
                + config.rank()
                + "; up to the layer "
                + module.name()
                + " the adapter would have "
                + String.format(Locale.ROOT, "%.0f", module.wantedEnd())
                + " numbers, and an array has at most "
                + Integer.MAX_VALUE);
      }
      modules.add(module);
      end = module.end();
    }
    return end;
  }

  /** Counts the layers of a text encoder from the names of its tensors; 0 for another network. */
  private static int textLayers(Set<String> tensors) {
    return tensors.stream()
        .map(TEXT_LAYER::matcher)
        .filter(Matcher::matches)
        .mapToInt(layer -> Integer.parseInt(layer.group(1)) + 1)
        .max()
        .orElse(0);
  }

  /**
   * Whether a module is an embedding. It is not a linear layer, although its weight has two
   * dimensions.
   */
  private static boolean isEmbedding(String module) {
    return module.endsWith("_embedding") && module.contains("embeddings.");
  }

  /** Refuses patterns that match no module, because they are probably misspelt. */
  private static void requirePatternsUsed(Trainables trainables, List<Module> modules) {
    List<String> names = modules.stream().map(Module::name).toList();
    TreeSet<String> unused = new TreeSet<>();
    trainables.lora().values().forEach(config -> unused.addAll(config.unusedPatterns(names)));
    if (!unused.isEmpty()) {
      throw InvalidInputException.configuration(
          "Invalid --rank_pattern or --alpha_pattern: "
              + String.join(", ", unused)
              + " matches no adapted layer, such as "
              + names.get(0)
              + "; a pattern is a regular expression for the whole name, or for its end after a"
              + " dot");
    }
  }

  private static Module module(
      Network network, String name, long[] weight, LoraConfig config, boolean unread, int offset) {
    int rank = config.rank(name);
    long[] down = weight.clone();
    down[0] = rank;
    long[] up = weight.length == 2 ? new long[] {0, 0} : new long[] {0, 0, 1, 1};
    up[0] = weight[0];
    up[1] = rank;
    Optional<LycorisFactors> lycoris = config.lycoris().factors(weight, rank);
    double scale = lycoris.map(LycorisFactors::isScaled).orElse(true) ? config.scale(name) : 1;
    return new Module(network, name, down, up, scale, config.dora(), unread, offset, lycoris);
  }

  /** The length of the flat vector. */
  public int parameters() {
    int ofModules = modules.isEmpty() ? 0 : modules.get(modules.size() - 1).end();
    return tokens.isEmpty() ? ofModules : tokens.get(tokens.size() - 1).end();
  }

  /** Whether any of its modules or tokens belongs to a second text encoder. */
  public boolean hasSecondEncoder() {
    return modules.stream().anyMatch(module -> module.network() == Network.TEXT_ENCODER_2)
        || tokens.stream().anyMatch(token -> token.encoder() == Network.TEXT_ENCODER_2);
  }

  /** Rows of all new tokens in the token embedding of each text encoder that has any. */
  public Map<Network, Integer> tokenRows() {
    Map<Network, Integer> rows = new EnumMap<>(Network.class);
    tokens.forEach(token -> rows.merge(token.encoder(), token.token().vectors(), Integer::sum));
    return rows;
  }

  /** The starting values of an adapter without magnitudes and tokens. */
  public float[] initialValues(long seed) {
    return initialValues(seed, new NoStartingWeights());
  }

  private static final class NoStartingWeights implements StartingWeights {
    @Override
    public float[] rowNorms(Network network, String module) {
      throw new UnsupportedOperationException("no base model");
    }

    @Override
    public float[] tokenRow(Network encoder, String token) {
      throw new UnsupportedOperationException("no base model");
    }
  }

  /**
   * The starting values: A is normal with standard deviation 1/r (PEFT's "gaussian", which
   * diffusers' script uses), B is zero. Magnitudes and tokens come from the base model.
   */
  public float[] initialValues(long seed, StartingWeights base) {
    float[] values = new float[parameters()];
    for (int i = 0; i < modules.size(); i++) {
      Module module = modules.get(i);
      KeyedRandom random = KeyedRandom.of(seed, Purpose.LORA_INIT, 0, i);
      if (module.lycoris().isPresent()) {
        module.lycoris().get().start(random, values, module.downOffset());
      } else {
        start(module, random, base, values);
      }
    }
    for (Token token : tokens) {
      float[] row = base.tokenRow(token.encoder(), token.token().initializer());
      for (int v = 0; v < token.token().vectors(); v++) {
        System.arraycopy(row, 0, values, token.offset() + v * token.width(), token.width());
      }
    }
    return values;
  }

  private static void start(
      Module module, KeyedRandom random, StartingWeights base, float[] values) {
    float deviation = 1f / module.rank();
    float[] normals = random.normals(module.downSize());
    for (int j = 0; j < normals.length; j++) {
      values[module.downOffset() + j] = normals[j] * deviation;
    }
    if (module.dora()) {
      float[] norms = base.rowNorms(module.network(), module.name());
      System.arraycopy(norms, 0, values, module.magnitudeOffset(), module.magnitudeSize());
    }
  }

  /** The modules without values, for what depends on names and shapes alone. */
  public List<AdaptedModule> shapes() {
    float[] none = {};
    return modules.stream()
        .map(
            m ->
                new AdaptedModule(m.network(), m.name(), m.downShape(), none, m.upShape(), none, 1))
        .toList();
  }

  /** Whether updates are made of other factors than B and A. */
  public boolean isLycoris() {
    return modules.stream().anyMatch(module -> module.lycoris().isPresent());
  }

  /**
   * The adapter in a flat vector, as LoRA.
   *
   * @param values {@code float[parameters()]}
   */
  public Adapter adapter(float[] values) {
    return new AdapterInVector(this, values).adapter();
  }
}
