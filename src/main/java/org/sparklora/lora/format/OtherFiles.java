package org.sparklora.lora.format;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.sparklora.model.file.TensorInfo;
import org.sparklora.util.InvalidInputException;

/**
 * Recognises, by tensor names, files that are not an update {@code alpha / r B A} of SD 1.x, 2.x or
 * XL.
 */
final class OtherFiles {
  private static final String MODULE = "(lora|lycoris)_\\w+\\.";

  /** Excludes kohya's names. LyCORIS writes its modules under them, and those are supported. */
  private static final String NOT_KOHYA = "(?!lora_(unet|te[12]?)_)";

  /** Excludes PEFT's names, too. */
  private static final String NOT_KNOWN = "(?!lora_(unet|te[12]?)_|base_model\\.model\\.)";

  private static final String IN_OTHER_NAMES =
      " in names of no program; it is read in the names of LyCORIS, kohya's scripts and PEFT";

  private static final Map<Predicate<TensorInfo>, String> OTHERS = new LinkedHashMap<>();

  static {
    other(NOT_KNOWN + ".+\\.hada_[wt]\\d.*", "LoHa (a Hadamard product of two updates)");
    other(NOT_KNOWN + ".+\\.lokr_.*", "LoKr (a Kronecker product)");
    other(NOT_KOHYA + ".+\\.lora_mid(\\..*)?", "a LoCon in Tucker decomposition (lora_mid)");
    other(
        ".+\\.oft_r(\\..*)?",
        "OFT of PEFT before version 0.15, which PEFT itself reads no longer; merge it with that"
            + " version");
    other(
        ".+\\.(boft_[Rs]|oft_embedding_R)(\\..*)?",
        "BOFT of PEFT or OFT of an embedding; merge it with PEFT");
    other(
        "(?!(lora|oft)_unet_|lora_te[12]?_).+\\.oft_blocks|" + NOT_KNOWN + ".+\\.oft_R\\b.*",
        "OFT" + IN_OTHER_NAMES);
    other(
        MODULE + "(bm|bm1|bm2|c|cm)(\\.weight)?",
        "GLoRA with a core, which LyCORIS itself cannot load; merge it with the program that made"
            + " it");
    other(NOT_KOHYA + MODULE + "(a1|a2|b1|b2)(\\.weight)?", "GLoRA" + IN_OTHER_NAMES);
    other(
        MODULE + "(w_norm|b_norm|set_weight)|" + NOT_KOHYA + "(.+\\.)(diff|diff_b)",
        "whole weight differences beside LoRA");
    other(
        NOT_KNOWN + ".+\\.ia3_l(\\..*)?|" + NOT_KOHYA + MODULE + "on_input",
        "IA3" + IN_OTHER_NAMES);
    other(".+\\.lora_([AB]|up|down)\\.(default\\.)?bias", "LoRA with a bias");
    other(".+\\.(vera_lambda_[bd]|lora_E|lora_ranknum)(\\..*)?", "VeRA or AdaLoRA");
    other("lllite_.*", "a ControlNet-LLLite");
    other("(image_proj|ip_adapter)\\..+", "an IP-Adapter");
    other(".*motion_modules\\..+", "a motion module of AnimateDiff");
    other(
        "lora_te3_.+|text_encoder_3\\..+", "an adapter for a later model with three text encoders");
    other(
        "((lora|lycoris)_(transformer|unet)_|(base_model\\.model\\.)?(transformer\\.|unet\\.)?"
            + "|diffusion_model\\.)"
            + "(single_transformer_blocks|transformer_blocks|double_blocks|single_blocks"
            + "|joint_blocks|layers)[._].+",
        "an adapter for a diffusion transformer");
    other(
        "(model\\.diffusion_model|cond_stage_model|first_stage_model|conditioner|model_ema)\\..+",
        "a whole model in one file, not an adapter");
  }

  private OtherFiles() {}

  private static void other(String names, String what) {
    Predicate<String> isOne = Pattern.compile(names).asMatchPredicate();
    OTHERS.put(tensor -> isOne.test(tensor.name()), what);
  }

  /**
   * Refuses a file that is not a supported adapter, and says what it is.
   *
   * @throws InvalidInputException (DATA) with a tensor by which the kind was recognised
   */
  static void refuse(AdapterSource source) {
    Map<String, String> metadata = source.tensors().metadata();
    if (isOptimizerState(source)) {
      throw refusal(
          source,
          "the optimizer's state in a checkpoint of a training, not an adapter; the adapter is"
              + " beside it",
          source.tensors().tensors().values().iterator().next());
    }
    List<TensorInfo> tensors =
        source.tensors().tensors().values().stream()
            .filter(tensor -> !CloneofsimoNaming.EMBED.equals(metadata.get(tensor.name())))
            .toList();
    OTHERS.forEach(
        (isOne, what) ->
            tensors.stream()
                .filter(isOne)
                .findFirst()
                .ifPresent(
                    tensor -> {
                      throw refusal(source, what, tensor);
                    }));
    network(tensors)
        .ifPresent(
            what -> {
              throw refusal(source, what, tensors.get(0));
            });
  }

  /**
   * Whether the file is an optimizer's state: vectors of all values, which look like learned
   * tokens.
   */
  static boolean isOptimizerState(AdapterSource source) {
    return source.tensors().metadata().keySet().containsAll(List.of("loss_scale", "step"));
  }

  /** Recognises the weights of a network, without any A and B. */
  private static Optional<String> network(Collection<TensorInfo> tensors) {
    List<String> names = tensors.stream().map(TensorInfo::name).toList();
    if (names.size() < 2
        || !names.stream().allMatch(name -> name.matches(".+\\.(weight|bias|position_ids)"))
        || names.stream().anyMatch(name -> name.matches(".*([._]lora|magnitude).*"))) {
      return Optional.empty();
    }
    if (names.stream().anyMatch(name -> name.matches("(down_blocks|mid_block|up_blocks)\\..+"))) {
      return Optional.of("the weights of a whole UNet, not an adapter");
    }
    if (names.stream()
        .anyMatch(name -> name.matches("(text_model\\.)?(encoder\\.layers|embeddings)\\..+"))) {
      return Optional.of("the weights of a whole text encoder, not an adapter");
    }
    return names.stream().anyMatch(name -> name.matches("(encoder|decoder)\\..+"))
        ? Optional.of("the weights of an autoencoder, not an adapter")
        : Optional.empty();
  }

  private static InvalidInputException refusal(
      AdapterSource source, String what, TensorInfo tensor) {
    return InvalidInputException.data(
        "Unsupported adapter "
            + source.tensors().source()
            + ": it is "
            + what
            + ", as tensor "
            + tensor.name()
            + " tells; LoRA, LoCon, DoRA, LoHa, LoKr, whole differences, GLoRA, OFT and IA3 for"
            + " Stable Diffusion 1.x, 2.x and XL are read");
  }
}
