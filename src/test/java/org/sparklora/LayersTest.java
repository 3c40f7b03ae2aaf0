package org.sparklora;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaCall.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.library.Architectures;
import org.junit.jupiter.api.Test;

/** A package knows only what stands to its right. */
class LayersTest {
  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("org.sparklora");

  @Test
  void aPackageKnowsOnlyWhatStandsToItsRight() {
    Architectures.layeredArchitecture()
        .consideringOnlyDependenciesInLayers()
        .layer("api")
        .definedBy("org.sparklora.api..")
        .layer("cli")
        .definedBy("..cli..")
        .layer("bench")
        .definedBy("..bench..")
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
        .layer("store")
        .definedBy("..store..")
        .layer("hub")
        .definedBy("..hub..")
        .layer("nn")
        .definedBy("..nn..")
        .layer("tensor")
        .definedBy("..tensor..")
        .whereLayer("api")
        .mayNotBeAccessedByAnyLayer()
        .whereLayer("cli")
        .mayOnlyBeAccessedByLayers("api")
        .whereLayer("bench")
        .mayOnlyBeAccessedByLayers("cli")
        .whereLayer("spark")
        .mayOnlyBeAccessedByLayers("api", "cli", "bench")
        .whereLayer("verify")
        .mayOnlyBeAccessedByLayers("cli")
        .whereLayer("train")
        .mayOnlyBeAccessedByLayers("bench", "cli", "spark", "verify", "report")
        .whereLayer("data")
        .mayOnlyBeAccessedByLayers("api", "bench", "cli", "spark")
        .whereLayer("pipeline")
        .mayOnlyBeAccessedByLayers("api", "bench", "cli", "spark", "verify")
        .whereLayer("report")
        .mayOnlyBeAccessedByLayers("api", "cli", "spark")
        .whereLayer("lora")
        .mayOnlyBeAccessedByLayers("bench", "cli", "spark", "verify", "train", "pipeline")
        .whereLayer("schedulers")
        .mayOnlyBeAccessedByLayers("bench", "cli", "spark", "verify", "train", "pipeline")
        .whereLayer("hub")
        .mayOnlyBeAccessedByLayers("api", "cli", "spark", "model")
        .whereLayer("store")
        .mayOnlyBeAccessedByLayers(
            "cli", "spark", "train", "data", "lora", "model", "hub", "report")
        .whereLayer("model")
        .mayOnlyBeAccessedByLayers(
            "api", "bench", "cli", "spark", "verify", "train", "data", "pipeline", "lora")
        .whereLayer("nn")
        .mayOnlyBeAccessedByLayers(
            "bench", "spark", "verify", "train", "data", "pipeline", "lora", "model")
        .whereLayer("tensor")
        .mayNotAccessAnyLayer()
        .whereLayer("store")
        .mayNotAccessAnyLayer()
        .whereLayer("schedulers")
        .mayNotAccessAnyLayer()
        .check(CLASSES);
  }

  @Test
  void noPackageImportsInACircle() {
    slices().matching("org.sparklora.(**)").should().beFreeOfCycles().check(CLASSES);
  }

  @Test
  void utilKnowsNoOtherPackage() {
    noClasses()
        .that()
        .resideInAPackage("..util..")
        .should()
        .dependOnClassesThat(
            resideInAPackage("org.sparklora..").and(not(resideInAPackage("..util.."))))
        .check(CLASSES);
  }

  @Test
  void onlyTensorKnowsTheEngine() {
    noClasses()
        .that()
        .resideOutsideOfPackage("..tensor..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("ai.djl.pytorch..")
        .check(CLASSES);
  }

  @Test
  void onlySparkCliAndApiKnowSpark() {
    noClasses()
        .that()
        .resideOutsideOfPackages(
            "org.sparklora.spark..", "org.sparklora.cli..", "org.sparklora.api..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("org.apache.spark..")
        .check(CLASSES);
  }

  /** In somebody else's JVM the default cannot be changed, and %d has other digits in Arabic. */
  @Test
  void nothingDependsOnTheLanguageOfTheMachine() {
    noClasses()
        .should()
        .callMethodWhere(target(DefaultLocale.USED))
        .orShould()
        .callConstructorWhere(target(DefaultLocale.USED))
        .because("it uses the language of the machine; pass Locale.ROOT, as in String.format")
        .check(CLASSES);
  }
}
