package org.sparklora.cli.config;

import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.sparklora.util.NearestName;

/**
 * Finds the flag that a user may have meant by one that a command does not have: the same setting
 * under its name in kohya's scripts, diffusers, PEFT or Hugging Face's Trainer, or a similar name.
 */
final class FlagSynonyms {
  private static final String MODEL = "pretrained_model_name_or_path";
  private static final String RESUME = "resume_from_checkpoint";
  private static final String ACCUMULATION = "gradient_accumulation_steps";

  /** Flags in order of likelihood. The first that the command has is taken. */
  private static final Map<String, List<String>> FLAGS = new TreeMap<>();

  static {
    put(List.of("learning_rate"), "lr", "unet_lr", "base_lr", "learningrate");
    put(List.of("rank"), "network_dim", "lora_rank", "lora_r", "dim", "network_rank", "r");
    put(List.of("lora_alpha"), "network_alpha", "alpha");
    put(List.of("lora_dropout"), "network_dropout", "dropout");
    put(List.of("lora_target_modules"), "target_modules", "modules");
    put(List.of("conv_rank"), "conv_dim", "network_conv_dim");
    put(
        List.of("train_batch_size", "batch_size"),
        "batch_size",
        "bs",
        "batch",
        "per_device_train_batch_size",
        "micro_batch_size");
    put(List.of(ACCUMULATION), "accumulation", "grad_accum", "gradient_accumulation", "accumulate");
    put(List.of("num_train_epochs"), "epochs", "max_train_epochs", "num_epochs", "epoch");
    put(
        List.of("max_train_steps", "num_inference_steps"),
        "steps",
        "max_steps",
        "train_steps",
        "num_train_steps",
        "num_steps",
        "iterations");
    put(List.of("num_inference_steps"), "inference_steps", "sampling_steps", "sample_steps");
    put(
        List.of("output_dir", "output_file"),
        "output",
        "out",
        "output_path",
        "out_dir",
        "save_to",
        "output_name",
        "output_folder");
    put(
        List.of(MODEL, "base"),
        "model",
        "model_name",
        "base_model",
        "model_path",
        "pretrained_model",
        "model_id",
        "checkpoint",
        "ckpt");
    put(
        List.of("dataset_name"),
        "data",
        "dataset",
        "data_dir",
        "dataset_dir",
        "train_data",
        "images",
        "instance_data",
        "dataset_path");
    put(List.of("validation_prompt", "prompt"), "prompt", "sample_prompt");
    put(List.of("prompts"), "prompt_file", "from_file", "prompts_file");
    put(List.of("num_validation_images"), "num_samples", "num_images");
    put(List.of("num_images_per_prompt"), "num_images", "images_per_prompt", "n_samples");
    put(List.of("checkpointing_steps"), "save_every_n_steps", "save_steps", "checkpoint_every");
    put(List.of("checkpoints_total_limit"), "save_total_limit", "save_last_n_steps", "keep");
    put(List.of("validation_steps"), "sample_every_n_steps", "eval_steps", "validate_every");
    put(List.of("validation_epochs"), "sample_every_n_epochs");
    put(List.of(RESUME), "resume", "resume_from", "resume_from_checkpoints", "continue");
    put(List.of("mixed_precision", "precision"), "precision", "dtype", "bf16", "fp16", "half");
    put(List.of("lr_scheduler"), "scheduler", "lr_scheduler_type", "schedule");
    put(List.of("lr_warmup_steps"), "warmup_steps", "warmup", "num_warmup_steps");
    put(List.of("lr_num_cycles"), "lr_scheduler_num_cycles");
    put(List.of("lr_power"), "lr_scheduler_power");
    put(List.of("max_grad_norm"), "clip_grad_norm", "gradient_clipping", "clip");
    put(List.of("adam_weight_decay"), "weight_decay");
    put(List.of("adam_beta1"), "beta1");
    put(List.of("adam_beta2"), "beta2");
    put(List.of("optimizer"), "optimizer_type", "optim");
    put(List.of("num_workers"), "num_processes", "workers", "world_size", "num_executors");
    put(List.of("threads_per_worker", "threads"), "threads", "num_threads", "num_cpu_threads");
    put(List.of("dataloader_num_workers"), "max_data_loader_n_workers");
    put(List.of("resolution", "height"), "size", "image_size", "res", "img_size");
    put(List.of("random_flip"), "flip_aug", "flip");
    put(List.of("center_crop"), "crop", "centre_crop");
    put(List.of("latent_cache_dir"), "cache_latents", "cache_latents_to_disk", "latents");
    put(List.of("caption_column"), "text_column");
    put(List.of("caption_dropout_rate"), "caption_dropout");
    put(List.of("noise_offset"), "offset_noise");
    put(List.of("guidance_scale"), "cfg", "cfg_scale", "guidance", "scale");
    put(List.of("adapter"), "lora", "lora_path", "lora_weights", "network_weights", "adapters");
    put(List.of("adapter_weight"), "lora_weight", "weight", "weights", "multiplier");
    put(List.of("seed"), "manual_seed", "random_seed", "generator");
    put(List.of("report_to"), "log_with", "tracker", "logger");
    put(List.of("class_data_dir"), "reg_data_dir", "class_images");
    put(List.of("prior_loss_weight"), "prior_weight");
    put(List.of("text_encoder_lr"), "te_lr", "text_lr", "learning_rate_te");
    put(List.of("snr_gamma"), "min_snr");
    put(List.of("config"), "config_file", "configuration", "yaml");
    put(List.of("master"), "spark_master", "cluster");
    put(List.of("hub_model_id"), "repo_id", "huggingface_repo_id");
    put(List.of("hub_token"), "token", "huggingface_token");
    put(List.of("gradient_checkpointing"), "checkpointing", "grad_checkpointing");
    put(List.of("attention"), "sdpa", "xformers", "mem_eff_attn");
    put(List.of("use_ema"), "ema");
    put(List.of("use_dora"), "dora");
  }

  private FlagSynonyms() {}

  private static void put(List<String> flags, String... synonyms) {
    for (String synonym : synonyms) {
      FLAGS.merge(synonym, flags, FlagSynonyms::joined);
    }
  }

  private static List<String> joined(List<String> first, List<String> then) {
    return Stream.concat(first.stream(), then.stream()).distinct().toList();
  }

  /**
   * Finds the flag that the user probably meant; empty if none is similar.
   *
   * @param wanted name without dashes
   * @param names of existing flags, without dashes
   */
  static Optional<String> of(String wanted, Collection<String> names) {
    String plain = wanted.toLowerCase(Locale.ROOT).replace('-', '_');
    if (names.contains(plain)) {
      return Optional.of(plain);
    }
    return FLAGS.getOrDefault(plain, List.of()).stream()
        .filter(names::contains)
        .findFirst()
        .or(() -> NearestName.likely(plain, List.copyOf(names)));
  }
}
