package org.sparklora.cli;

import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sparklora.util.MemoryRoom;

/** Flags that cannot be: one clear line each, its code, and nothing written. */
@Tag("long")
class NonsenseFlagsTest {
  @TempDir private Path folder;

  /** {@code T} is a training command without faults; M, D and F are model, data and a folder. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          T --learning_rate                                 | Missing required parameter for option '--learning_rate'
          T --learning_rate=                                | Invalid --learning_rate: (empty); it must be a number above 0
          T --learning_rate=1e-4e                           | Invalid --learning_rate: 1e-4e; it must be a number above 0
          T --learning_rate 1e-4 extra                      | Unknown argument extra
          T --rank=16.5                                     | Invalid --rank: 16.5; it must be a whole number from 1
          T --resolution=511                                | Invalid --resolution: 511; it must be a positive multiple of 8
          T --resolution=512x512                            | Invalid --resolution: 512x512; it must be a whole number
          T --seed=0x2A                                     | Invalid --seed: 0x2A; it must be a whole number
          T --mixed_precision=fp8                           | Unknown --mixed_precision (or no): fp8; did you mean fp32? It takes fp32, bf16, fp16
          T --mixed_precision=                              | Unknown --mixed_precision (or no): (empty); it takes fp32, bf16, fp16
          T --optimizer=sgd                                 | Unknown --optimizer: sgd; it takes adamw, adamw8bit, adamw_schedulefree, lion
          T --optimizer=adamw,lion                          | Unknown --optimizer: adamw,lion; did you mean adamw8bit? It takes
          T --use_8bit_adam --optimizer=lion                | Invalid --use_8bit_adam: true; it means --optimizer=adamw8bit
          T --lr_scheduler=cosine_with_restart              | did you mean cosine_with_restarts? It takes constant
          T --lr_warmup_steps=-1                            | Invalid --lr_warmup_steps: -1
          T --lr_pattern==2                                 | Invalid --lr_pattern: =2; it must be PATTERN=NUMBER
          T --rank_pattern=(((=4                            | Invalid --rank_pattern: (((; it is not a regular expression: Unclosed group
          T --alpha_pattern=nope=4                          | nope matches no adapted layer
          T --lora_target_modules=                          | Invalid --lora_target_modules: (empty)
          T --lora_target_modules=to_q,to_q.                | Invalid --lora_target_modules: to_q. matches no layer of the UNet
          T --conv_alpha=4                                  | Invalid --conv_alpha: 4.0; no convolutions are adapted; add --conv_rank
          T --text_encoder_lr=1e-4                          | Invalid --text_encoder_lr: 1.0E-4; the text encoder is not trained
          T --center_crop=maybe                             | Invalid --center_crop: maybe; it takes true or false
          T --gradient_checkpointing=sometimes              | Invalid --gradient_checkpointing: sometimes; it takes true or false
          T --image_interpolation_mode=sinc                 | Unknown --image_interpolation_mode: sinc; it takes nearest
          T --caption_column=                               | Missing --caption_column: the name of a column
          T --caption_separator=                            | Invalid --caption_separator: (empty); it must not be empty
          T --enable_bucket --min_bucket_reso=1024          | Invalid --min_bucket_reso: 1024; it must be at most --resolution, 64
          T --loss_type=l1                                  | Unknown --loss_type: l1; did you mean l2?
          T --huber_schedule=snr                            | Invalid --huber_schedule: snr; it goes with --loss_type=huber
          T --prediction_type=noise                         | Unknown --prediction_type: noise; it takes epsilon
          T --min_timestep=900 --max_timestep=100           | Invalid --max_timestep: 100; it must be above --min_timestep, 900
          T --max_timestep=100000                           | Invalid --max_timestep: 100000; the base model has 1000 timesteps
          T --resume_from_checkpoint=latest --overwrite_output_dir | Invalid --overwrite_output_dir: true; --resume_from_checkpoint goes on with
          T --validation_split=0.5 --validation_data_dir=D  | Invalid --validation_split: 0.5;
          T --report_to=tensorboard,                        | Unknown --report_to (or all, none): (empty); it takes tensorboard
          T --push_to_hub --hub_model_id=../x               | Invalid --hub_model_id: ../x; it must be namespace/name
          T --worker_timeout=1h                             | Invalid --worker_timeout: 1h; it must be a whole number
          T --validation_prompt=x --num_inference_steps=5000 | Invalid number of sampling steps: 5000; the model was trained on 1000 timesteps
          bench --num_inference_steps=1001                  | Invalid --num_inference_steps: 1001; it must be a whole number from 0 to 1000
          T --attention=flash                               | Unknown --attention: flash; it takes sdpa, sliced, plain
          T --attention_slice_size=2                        | Invalid --attention_slice_size: 2; it goes with --attention sliced
          T --dataset_config_name=nope                      | Invalid --dataset_config_name: nope; it is a folder of a data set of the hub
          T --train_batch_size=100000 --resolution=8192     | Invalid --train_batch_size: 100000
          T --config=/dev/zero                              | Cannot read --config: /dev/zero; it is a device, not a regular file
          T --config=/no/such.yaml                          | Invalid --config: /no/such.yaml; there is no such file
          T --config=D                                      | it is a folder
          T -x                                              | Unknown argument -x
          T -- --rank=4                                     | Unknown argument --rank. It is a flag, and stands after --
          T @pom.xml                                        | Unknown argument @pom.xml
          T --Rank=4                                        | Unknown argument --Rank. Did you mean --rank?
          T \u2014rank=4                                    | Unknown argument \u2014rank
          T --lora\u202e_alpha=4                            | Unknown argument
          trian                                             | Unknown argument trian. Did you mean train?
          train                                             | Missing --pretrained_model_name_or_path: the folder of the base model
          dreambooth --pretrained_model_name_or_path=M --dataset_name=D --output_dir=F/out --instance_prompt=x --with_prior_preservation | Missing --class_data_dir
          textual-inversion --pretrained_model_name_or_path=M --dataset_name=D --output_dir=F/out | Missing --placeholder_token: the token to learn
          prepare --pretrained_model_name_or_path=M --dataset_name=D --latent_cache_dir=F/cache --rank=4 | Unknown argument --rank
          generate --pretrained_model_name_or_path=M --output_dir=F/p --prompt=x --prompts=y | Invalid --prompts: y; give either --prompt or --prompts
          generate --pretrained_model_name_or_path=M --output_dir=F/p --prompt=x --height=7 | Invalid --height: 7; it must be a whole number from 8
          generate --pretrained_model_name_or_path=M --output_dir=F/p --prompt=x --scheduler_config=a | Invalid --scheduler_config: a; it must be KEY = VALUE
          generate --pretrained_model_name_or_path=M --output_dir=F/p --prompt=x --scheduler_config=beta_end=-5 | Invalid beta_end in --scheduler_config: -5.0
          generate --pretrained_model_name_or_path=M --output_dir=F/p --prompt=x --num_inference_steps=5000 | Invalid number of sampling steps: 5000; the model was trained on 1000 timesteps
          generate --pretrained_model_name_or_path=M --output_dir=F/p --prompt=x --scheduler=Magic | Unsupported scheduler for sampling: Magic
          generate --pretrained_model_name_or_path=M --output_dir=F/p --prompt=x --image=/dev/zero | Invalid --image: /dev/zero; it cannot be read: it is a device
          generate --pretrained_model_name_or_path=M --output_dir=F/p --prompt=x --adapter_weight=2 | Invalid --adapter_weight
          convert M --format=onnx --output_dir=F/o          | Unknown --format: onnx; it takes
          merge --pretrained_model_name_or_path=M           | Missing
          inspect                                           | Missing
          push F --hub_model_id=a//b --hub_token=hf_x       | Invalid --hub_model_id: a//b
          bench --steps=0                                   | Invalid --steps: 0; it must be a whole number from 1
          verify --reference=M --precision=fp8              | fp8
          config nope                                       | nope
          T --num_workers=46341 --gradient_accumulation_steps=46341 | 46341 x 46341 = 2147488281; a step has at most 1000000 micro-batches
          T --threads_per_worker=1000000 | Invalid --threads_per_worker: 1000000; it must be a whole number from 1 to 1024
          T --rank_pattern=.*=100000000 | it must be PATTERN=NUMBER with a number above 0 and at most 1000000
          T --max_train_steps=9223372036854775807 --checkpointing_steps=9223372036854775807 | Invalid --checkpointing_steps: 9223372036854775807
          T --snr_gamma=1e-400 | Invalid --snr_gamma: 1e-400; it must be a number above 0
          T --validation_prompt= | Invalid --validation_prompt: empty; it must say something
          T --validation_prompt=x --num_validation_images=1000000000 | Invalid --num_validation_images: 1000000000; it must be a whole number from 1 to 1000
          T --validation_prompt=x --resolution=16384 | with 1 of --validation_prompt at --resolution 16384 it must be a whole number from 1 to 3
          T --output_dir=s3a:// | Unsupported --output_dir: s3a:// names no bucket or container; write s3a://BUCKET/FOLDER
          T --output_dir=s3a:///x | Unsupported --output_dir: s3a:///x names no bucket
          T --output_dir=/dev/null | Cannot write to --output_dir
          T --logging_dir=/dev/null | Cannot write to --logging_dir: file:///dev/null
          T --output_dir=~ | Invalid --output_dir: ~; ~ stands for your home folder in a shell only
          T --output_dir=~/run | Invalid --output_dir: ~/run; ~ stands for your home folder
          T --output_dir=file:run | Invalid --output_dir: file:run; a file: location has a whole path
          T --output_dir=file://host/x | Cannot write to --output_dir: file://host/x
          T --output_dir=M | Invalid --output_dir:
          T --output_dir=M | is in the base model; give another place
          T --output_dir=M/unet | is in the base model; give another place
          T --latent_cache_dir=M/vae | is in the base model; give another place
          prepare --pretrained_model_name_or_path=M --dataset_name=D --latent_cache_dir=M/cache | is in the base model; give another place
          T --output_dir=/proc/self/x | Cannot write to --output_dir
          T --master=local[1000000] | Invalid --master: local[1000000]; it must be local[N]
          T --master=spark:// | Invalid --master: spark://; it must be local[N]
          T --enable_bucket --max_bucket_reso=64 --min_bucket_reso=64 --bucket_reso_steps=128 | Invalid --min_bucket_reso: 64; it must be a positive multiple of --bucket_reso_steps, 128
          T --caption_tag_dropout_rate=1 --keep_tokens=2147483647 | Invalid --keep_tokens: 2147483647
          T --optimizer=prodigy --prodigy_d0=0 | Invalid --prodigy_d0: 0.0; it must be a number above 0
          T --optimizer=muon --muon_momentum=1 | Invalid --muon_momentum: 1.0; it must be a number from 0 to below 1
          T --clip_skip=12 | Invalid --clip_skip: 12; the base model's text encoder has 2 layers
          T --config=https://example.org/x.yaml | Unsupported --config: https://example.org/x.yaml is on the web
          T --timestep_bias_strategy=range --timestep_bias_begin=900 --timestep_bias_end=100 | Invalid --timestep_bias_end: 100; it must be above --timestep_bias_begin, 900
          T --stop_text_encoder_training=5 | Invalid --stop_text_encoder_training: 5.0; the text encoder is not trained
          prepare --pretrained_model_name_or_path=M --dataset_name=D --latent_cache_dir=D | it is the data set's folder, whose pictures are trained on
          prepare --pretrained_model_name_or_path=M --dataset_name=D --latent_cache_dir=/dev/null/x | Cannot write to --latent_cache_dir
          prepare --pretrained_model_name_or_path=M --dataset_name=D --latent_cache_dir=F/c --threads_per_worker=100000 | Invalid --threads_per_worker: 100000
          generate --pretrained_model_name_or_path=M --output_dir=F/p --prompt=x --strength=0.5 | Invalid --strength: 0.5; it says how far a picture may differ from --image, and there is none
          generate --pretrained_model_name_or_path=M --output_dir=F/p --prompt=x --seed=9223372036854775807 --num_images_per_prompt=2 | Invalid --seed: 9223372036854775807; picture k of a prompt has the seed SEED + k
          generate --pretrained_model_name_or_path=M --output_dir=F/p --prompt=x --num_images_per_prompt=2147483647 | Invalid --num_images_per_prompt: 2147483647
          generate --pretrained_model_name_or_path=M --output_dir=F/p --prompt=x --max_token_length=100 | Invalid --max_token_length: 100; it must be 75, 150 or 225
          generate --pretrained_model_name_or_path=M --output_dir=F/p --prompt=x --guidance_rescale=2 | Invalid --guidance_rescale: 2.0
          generate --pretrained_model_name_or_path=M --output_dir=/dev/null --prompt=x | Cannot write to --output_dir
          dreambooth --pretrained_model_name_or_path=M --instance_data_dir=D --instance_prompt= --output_dir=F/o | Invalid --instance_prompt: empty; it must say something
          dreambooth --pretrained_model_name_or_path=M --instance_data_dir=D --instance_prompt=x --output_dir=F/o --with_prior_preservation --class_data_dir=F/c --class_prompt= | Invalid --class_prompt: empty; it must say something
          dreambooth --pretrained_model_name_or_path=M --instance_data_dir=D --instance_prompt=x --output_dir=F/o --with_prior_preservation --class_data_dir=D --class_prompt=y | Invalid --class_data_dir
          dreambooth --pretrained_model_name_or_path=M --instance_data_dir=D --instance_prompt=x --output_dir=F/o --with_prior_preservation --class_data_dir=F/c --class_prompt=y --num_class_images=2147483647 | Invalid --num_class_images: 2147483647
          textual-inversion --pretrained_model_name_or_path=M --dataset_name=D --output_dir=F/o --placeholder_token=cat --initializer_token=toy | Invalid token: "cat" is in the tokenizer already
          textual-inversion --pretrained_model_name_or_path=M --dataset_name=D --output_dir=F/o --placeholder_token=<x> --initializer_token=notoneword | "notoneword" is 3 tokens of the base model's tokenizer
          textual-inversion --pretrained_model_name_or_path=M --dataset_name=D --output_dir=F/o --placeholder_token=<x> --initializer_token=a --num_vectors=1000 | Invalid --num_vectors: 1000; it must be a whole number from 1 to 75
          convert M M --format=peft --output_dir=F/o | Unknown argument src/quickstart/base-model
          convert F --format=kohya --output_dir=/dev/null | Cannot write to --output_dir: /dev/null: there is a file in place of a folder
          merge --base=M --output_file=F | a whole model is written as .safetensors
          merge --pretrained_model_name_or_path=M --output_dir=M --adapter=F/none | is in the base model; give another place
          push F/none --hub_model_id=a/b --hub_token=hf_x | there is no such folder
          bench --pretrained_model_name_or_path=M --pictures=1000000 --train_batch_size=1000000 | Invalid --train_batch_size: 1000000; at --resolution 512 it must be a whole number from 1 to 131071
          config from-kohya /dev/zero | it is a device, not a regular file
          help nope                                         | nope
          """)
  void isRefused(String command, String message) throws IOException {
    Refusal.require(folder, 2, message, words(command));
  }

  /** What is of the wrong kind has code 3. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          T --init_lora=M | Missing adapter in folder
          merge --pretrained_model_name_or_path=M --adapter=M --output_dir=F/o | it is a whole model, not an adapter
          convert D --format=peft --output_dir=F/o | it has no adapter file
          """)
  void whatIsOfAnotherKindIsNamed(String command, String message) throws IOException {
    Refusal.require(folder, 3, message, words(command));
  }

  /** Machines with less memory cannot hold these. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          T --resolution=16384 | Invalid --resolution: 16384; encoding a picture takes at least 256.0 GiB
          prepare --pretrained_model_name_or_path=M --dataset_name=D --latent_cache_dir=F/c --resolution=16384 | Invalid --resolution: 16384; encoding a picture takes at least 256.0 GiB
          bench --pretrained_model_name_or_path=M --resolution=16384 | Invalid --resolution: 16384; encoding a picture takes at least 256.0 GiB
          generate --pretrained_model_name_or_path=M --output_dir=F/p --prompt=x --height=16384 --width=16384 | Invalid --height and --width: 16384 x 16384; decoding a picture takes at least 192.0 GiB
          generate --pretrained_model_name_or_path=M --output_dir=F/p --prompt=x --batch_size=1024 --height=4096 --width=1024 | Invalid --batch_size: 1024; a step of drawing 1024 pictures of 4096 x 1024 takes at least 480.0 GiB
          """)
  void whatIsLargerThanTheMachineIsRefused(String command, String message) throws IOException {
    assumeThat(MemoryRoom.machineBytes()).isLessThan(190L << 30);
    Refusal.require(folder, 2, message, words(command));
  }

  /** What is named and is not there has code 3, as other bad inputs have. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          T --dataset_name=F/none                                          | Missing data set
          T --pretrained_model_name_or_path=F/none                         | Missing model folder
          T --resume_from_checkpoint=F/none                                | Missing checkpoint
          T --validation_data_dir=F/none                                   | Missing data set
          generate --pretrained_model_name_or_path=M --output_dir=F/p --prompts=F/none | Missing --prompts: there is no file
          generate --pretrained_model_name_or_path=M --output_dir=F/p --prompt=x --adapter=F/none | Missing adapter: there is no file or folder
          convert F/none --format=peft --output_dir=F/o                    | Missing adapter
          inspect F/none                                                   | Missing adapter
          """)
  void whatIsNotThereIsNamed(String command, String message) throws IOException {
    Refusal.require(folder, 3, message, words(command));
    Refusal.require(folder, 3, "none", words(command));
  }

  private List<String> words(String command) {
    List<String> words = new ArrayList<>();
    List<String> later = new ArrayList<>();
    for (String word : command.split(" ", -1)) {
      if (word.equals("T")) {
        words.add("train");
        words.addAll(SmallRun.flags(SmallRun.MODEL, SmallRun.DATA, 4, folder.resolve("out")));
        words.add("--master=local[1]");
      } else {
        later.add(
            word.replaceFirst("^M$|(?<==)M(?=/|$)", SmallRun.MODEL)
                .replaceFirst("^D$|(?<==)D$", SmallRun.DATA)
                .replaceFirst("^F(?=/|$)|(?<==)F(?=/|$)", folder.toString()));
      }
    }
    LaterFlags.add(words, later.toArray(String[]::new));
    return words;
  }
}
