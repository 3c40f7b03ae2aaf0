package org.sparklora.model.single;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.sparklora.model.file.TensorFile;
import org.sparklora.model.file.TensorInfo;
import org.sparklora.model.file.TensorView;
import org.sparklora.util.InvalidInputException;

/**
 * A whole model of Stable Diffusion 1.x, 2.x or XL in one file, in the original names: which
 * tensors each network has, and the files that a folder in diffusers' layout would have beside
 * them.
 */
public final class SingleFile {
  /** The metadata in which kohya's scripts and this program name the prediction: epsilon or v. */
  public static final String PREDICTION = "modelspec.prediction_type";

  static final String UNET = "model.diffusion_model.";
  static final String VAE = "first_stage_model.";
  static final String CLIP_OF_SD1 = "cond_stage_model.transformer.";
  static final String CLIP_OF_SD2 = "cond_stage_model.model.";
  static final String FIRST_OF_XL = "conditioner.embedders.0.transformer.";
  static final String SECOND_OF_XL = "conditioner.embedders.1.model.";
  private static final String FIRST_OF_UNET = "input_blocks.0.0.weight";
  private static final String REFINER = "conditioner.embedders.0.model.";
  private static final String TOKENS = "token_embedding.weight";
  private static final int MOST_NAMES = 6;

  /** Tensors that are ignored: running averages, the schedule's buffers, and notes of trainers. */
  private static final Pattern UNREAD =
      Pattern.compile(
          "model_ema\\..*|.*position_ids|.*logit_scale|.*attn_mask|loss\\..*|denoiser\\..*"
              + "|(alphas_cumprod|betas|sqrt_|log_one_minus|posterior_|lvlb_|logvar|scale_factor"
              + "|model_lvlb|global_step|v_pred|ztsnr).*"
              + "|cond_stage_model\\.model\\.text_projection.*");

  private final Map<String, List<TensorView>> components = new TreeMap<>();
  private final Map<String, byte[]> files = new TreeMap<>();

  /** The beginning of the names of a text layer that is not read; empty if all are. */
  private Optional<String> unreadLayer = Optional.empty();

  private SingleFile() {}

  /** Whether a location is that of one file. */
  public static boolean isOne(String location) {
    return location.matches(".+\\.(safetensors|ckpt)");
  }

  /** Whether a file has a UNet in the original names. */
  public static boolean hasUNet(TensorFile file) {
    return file.tensors().containsKey(FIRST_OF_UNET)
        || file.tensors().containsKey(UNET + FIRST_OF_UNET);
  }

  /**
   * Finds the networks in a file.
   *
   * @throws InvalidInputException (DATA) when it holds none, or something that is not known
   */
  public static SingleFile of(TensorFile file) {
    Collection<TensorInfo> all = file.tensors().values();
    SingleFile single = new SingleFile();
    String prefix = file.tensors().containsKey(FIRST_OF_UNET) ? "" : UNET;
    OriginalTensors unet = new OriginalTensors(all, prefix);
    if (!hasUNet(file)) {
      throw invalid(
          file,
          "it has no UNet of Stable Diffusion in the original names"
              + " (model.diffusion_model.input_blocks)");
    }
    if (!new OriginalTensors(all, REFINER).isEmpty()) {
      throw invalid(
          file,
          "it is SDXL's refiner, which ends the drawing of a picture that another model began; use"
              + " the base model");
    }
    if (file.tensors().keySet().stream().anyMatch(name -> name.startsWith("edm_"))) {
      throw invalid(
          file,
          "it was trained with EDM's noise, as Playground v2.5 and CosXL, and only models of DDPM's"
              + " noise are computed");
    }
    boolean xl = unet.has("label_emb.");
    OriginalUNet network = new OriginalUNet(unet);
    single.components.put("unet", network.views());
    FolderFiles folder = new FolderFiles(xl);
    folder.unet(network);
    single.text(all, folder, xl);
    OriginalTensors vae = new OriginalTensors(all, VAE);
    if (!vae.isEmpty()) {
      OriginalVae autoencoder = new OriginalVae(vae);
      single.components.put("vae", autoencoder.views());
      folder.vae(autoencoder);
    }
    folder.scheduler(prediction(file, network, xl), file.tensors().containsKey("ztsnr"));
    single.files.putAll(folder.files());
    single.requireAllKnown(file);
    return single;
  }

  /**
   * Finds the prediction type. A file predicts velocity if it has the marker tensor that trainers
   * write, or if its metadata says so. Without either, a file of SD 2.x predicts it if its number
   * of training steps is not that of the base model for 512 pixels.
   */
  private static String prediction(TensorFile file, OriginalUNet unet, boolean xl) {
    String said = file.metadata().getOrDefault(PREDICTION, "");
    boolean sd2 = !xl && unet.textWidth() == FolderFiles.SD2_TEXT_WIDTH;
    boolean base = FolderFiles.BASE_STEPS.equals(file.metadata().get("global_step"));
    boolean velocity =
        file.tensors().containsKey("v_pred")
            || (said.isEmpty() ? sd2 && !base : said.startsWith("v"));
    return velocity ? "v_prediction" : "epsilon";
  }

  private void text(Collection<TensorInfo> all, FolderFiles folder, boolean xl) {
    OriginalTensors clip = new OriginalTensors(all, xl ? FIRST_OF_XL : CLIP_OF_SD1);
    if (!clip.isEmpty()) {
      components.put("text_encoder", clip.moved("", ""));
      folder.clip("text_encoder", "tokenizer", clip);
    }
    OriginalTensors open = new OriginalTensors(all, xl ? SECOND_OF_XL : CLIP_OF_SD2);
    if (open.hasTensor(TOKENS)) {
      String name = xl ? "text_encoder_2" : "text_encoder";
      OpenClip encoder = xl ? OpenClip.ofXl(open) : OpenClip.ofSd2(open);
      unreadLayer = xl ? Optional.empty() : Optional.of(CLIP_OF_SD2 + encoder.firstUnread());
      components.put(name, encoder.views());
      folder.openClip(name, xl ? "tokenizer_2" : "tokenizer", encoder);
    }
  }

  private void requireAllKnown(TensorFile file) {
    TreeSet<String> unknown = new TreeSet<>(file.tensors().keySet());
    components.values().forEach(views -> views.forEach(view -> unknown.remove(view.original())));
    unknown.removeIf(name -> UNREAD.matcher(name).matches());
    unreadLayer.ifPresent(layer -> unknown.removeIf(name -> name.startsWith(layer)));
    if (!unknown.isEmpty()) {
      throw invalid(
          file,
          unknown.size()
              + " of its tensors are of no network of Stable Diffusion 1.x, 2.x or XL, such as "
              + String.join(", ", unknown.stream().limit(MOST_NAMES).toList()));
    }
  }

  private static InvalidInputException invalid(TensorFile file, String why) {
    return InvalidInputException.data("Unsupported model file " + file.source() + ": " + why);
  }

  /** The folders of networks that the file holds. */
  public List<String> components() {
    return List.copyOf(components.keySet());
  }

  /** A network's tensors in diffusers' or transformers' names. */
  public List<TensorView> tensors(String component) {
    return new ArrayList<>(components.getOrDefault(component, List.of()));
  }

  /** Configurations, tokenizers and the index, by their relative names in a folder. */
  public Map<String, byte[]> files() {
    return new LinkedHashMap<>(files);
  }
}
