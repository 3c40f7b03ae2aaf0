package org.sparklora.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Flags that cannot be: one clear line each, its code, and nothing written. */
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
          T --resume_from_checkpoint=latest --overwrite_output_dir | Invalid --overwrite_output_dir: true; with --resume_from_checkpoint
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
          help nope                                         | nope
          """)
  void isRefused(String command, String message) throws IOException {
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
            word.replaceFirst("^M$|(?<==)M$", SmallRun.MODEL)
                .replaceFirst("^D$|(?<==)D$", SmallRun.DATA)
                .replaceFirst("^F(?=/|$)|(?<==)F(?=/|$)", folder.toString()));
      }
    }
    LaterFlags.add(words, later.toArray(String[]::new));
    return words;
  }
}
