package org.sparklora;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.library.Architectures;

/** A package knows only what stands to its right. */
@AnalyzeClasses(packages = "org.sparklora", importOptions = ImportOption.DoNotIncludeTests.class)
class LayersTest {
  @ArchTest
  static final ArchRule LAYERS =
      Architectures.layeredArchitecture()
          .consideringOnlyDependenciesInLayers()
          .layer("cli")
          .definedBy("..cli..")
          .layer("spark")
          .definedBy("..spark..")
          .layer("verify")
          .definedBy("..verify..")
          .layer("train")
          .definedBy("..train..")
          .layer("data")
          .definedBy("..data..")
          .layer("pipeline")
          .definedBy("..pipeline..")
          .layer("report")
          .definedBy("..report..")
          .layer("lora")
          .definedBy("..lora..")
          .layer("schedulers")
          .definedBy("..schedulers..")
          .layer("model")
          .definedBy("..model..")
          .layer("nn")
          .definedBy("..nn..")
          .layer("tensor")
          .definedBy("..tensor..")
          .whereLayer("cli")
          .mayNotBeAccessedByAnyLayer()
          .whereLayer("spark")
          .mayOnlyBeAccessedByLayers("cli")
          .whereLayer("verify")
          .mayOnlyBeAccessedByLayers("cli")
          .whereLayer("train")
          .mayOnlyBeAccessedByLayers("cli", "spark", "verify", "report")
          .whereLayer("data")
          .mayOnlyBeAccessedByLayers("cli", "spark")
          .whereLayer("pipeline")
          .mayOnlyBeAccessedByLayers("cli", "spark")
          .whereLayer("report")
          .mayOnlyBeAccessedByLayers("cli", "spark")
          .whereLayer("lora")
          .mayOnlyBeAccessedByLayers("cli", "spark", "verify", "train", "data", "pipeline")
          .whereLayer("schedulers")
          .mayOnlyBeAccessedByLayers("cli", "spark", "verify", "train", "data", "pipeline")
          .whereLayer("nn")
          .mayOnlyBeAccessedByLayers(
              "spark", "verify", "train", "data", "pipeline", "lora", "schedulers", "model");

  @ArchTest
  static final ArchRule ONLY_TENSOR_KNOWS_THE_ENGINE =
      noClasses()
          .that()
          .resideOutsideOfPackage("..tensor..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("ai.djl.pytorch..");

  @ArchTest
  static final ArchRule ONLY_SPARK_AND_CLI_KNOW_SPARK =
      noClasses()
          .that()
          .resideOutsideOfPackages("org.sparklora.spark..", "org.sparklora.cli..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("org.apache.spark..");

  @ArchTest
  static final ArchRule TENSOR_STANDS_ALONE =
      noClasses()
          .that()
          .resideInAPackage("..tensor..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("..nn..", "..model..", "..lora..", "..train..", "..data..");
}
