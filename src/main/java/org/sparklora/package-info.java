/** LoRA fine-tuning of Stable Diffusion as an Apache Spark job. */
package org.sparklora;
