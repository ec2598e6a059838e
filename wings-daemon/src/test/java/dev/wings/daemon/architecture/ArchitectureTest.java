package dev.wings.daemon.architecture;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaCall;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.core.importer.Location;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import dev.wings.core.testing.Proves;

/// The rules that hold the house up (`architecture.md` 2).
@AnalyzeClasses(packages = "dev.wings", importOptions = ArchitectureTest.WithoutTests.class)
class ArchitectureTest {

  /// Test classes come from directories or, once the modules are packaged, from their test jars.
  static final class WithoutTests implements ImportOption {
    private static final ImportOption DIRECTORIES = new DoNotIncludeTests();

    @Override
    public boolean includes(Location location) {
      return DIRECTORIES.includes(location) && !location.contains("-tests.jar");
    }
  }

  @ArchTest
  static final ArchRule coreKnowsNoOtherModuleAndNoHeavyLibrary =
      noClasses()
          .that()
          .resideInAPackage("dev.wings.core..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "dev.wings.docker..",
              "dev.wings.fs..",
              "dev.wings.sftp..",
              "dev.wings.backup..",
              "dev.wings.daemon..",
              "io.netty..",
              "com.github.dockerjava..",
              "org.apache.sshd..",
              "org.apache.commons.compress..");

  @ArchTest
  static final ArchRule dockerKnowsOnlyCore =
      noClasses()
          .that()
          .resideInAPackage("dev.wings.docker..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "dev.wings.fs..", "dev.wings.sftp..", "dev.wings.backup..", "dev.wings.daemon..");

  @ArchTest
  static final ArchRule dockerJavaIsADetailOfDocker =
      noClasses()
          .that()
          .resideOutsideOfPackage("dev.wings.docker.internal..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("com.github.dockerjava..");

  @ArchTest
  static final ArchRule consolesAndStatisticsKeepClearOfDockerJava =
      noClasses()
          .that()
          .resideInAPackage("dev.wings.docker.internal.stats..")
          .or(
              resideInAPackage("dev.wings.docker.internal..")
                  .and(
                      namedAnyOf(
                          "EngineClient",
                          "EngineConnection",
                          "EngineStream",
                          "EngineDuplex",
                          "EngineVersion",
                          "OutputPump",
                          "StdinQueue",
                          "FrameDecoder",
                          "LogStream",
                          "ListenerGate",
                          "StatsLoop")))
          .should()
          .dependOnClassesThat()
          .resideInAPackage("com.github.dockerjava..");

  @ArchTest
  static final ArchRule fsKnowsOnlyCore =
      noClasses()
          .that()
          .resideInAPackage("dev.wings.fs..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "dev.wings.docker..", "dev.wings.sftp..", "dev.wings.backup..", "dev.wings.daemon..");

  @ArchTest
  static final ArchRule featurePackagesOfAModuleHaveNoCycles =
      slices().matching("dev.wings.(*).(*)..").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule nativeCallsLiveInOnePackage =
      noClasses()
          .that()
          .resideOutsideOfPackage("dev.wings.fs.linux..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("java.lang.foreign..");

  @ArchTest
  static final ArchRule nobodyUsesTheOldFileClass =
      noClasses().should().callConstructor(java.io.File.class, String.class);

  @Proves("FS-01")
  @ArchTest
  static final ArchRule serverFilesAreReachedOnlyThroughSandboxPaths =
      noClasses()
          .that()
          .resideInAnyPackage(
              "dev.wings.core.egg..",
              "dev.wings.core.power..",
              "dev.wings.core.server..",
              "dev.wings.fs.sandbox..",
              "dev.wings.daemon.http..",
              "dev.wings.daemon.ws..")
          .should()
          .callMethodWhere(
              describe(
                  "makes a path of the default file system",
                  call ->
                      call.getTargetOwner().isEquivalentTo(java.nio.file.Path.class)
                              && call.getName().equals("of")
                          || call.getTargetOwner().isEquivalentTo(java.nio.file.Paths.class)));

  @ArchTest
  static final ArchRule onlyTheCommandLinePrints =
      noClasses()
          .that()
          .resideOutsideOfPackages(
              "dev.wings.daemon", "dev.wings.daemon.cli..", "dev.wings.daemon.local..")
          .should()
          .accessField(System.class, "out");

  @Proves("JV-01")
  @ArchTest
  static final ArchRule nothingIsEverDeserialised =
      noClasses().should().dependOnClassesThat().areAssignableTo(java.io.ObjectInputStream.class);

  @Proves("JV-02")
  @ArchTest
  static final ArchRule noPolymorphicTypesInJson =
      noClasses()
          .should()
          .dependOnClassesThat()
          .haveFullyQualifiedName("com.fasterxml.jackson.annotation.JsonTypeInfo")
          .orShould()
          .dependOnClassesThat()
          .resideInAPackage("com.fasterxml.jackson.databind.jsontype..");

  @Proves("CK-01")
  @ArchTest
  static final ArchRule durationsNeverUseTheWallClock =
      noClasses()
          .should()
          .callMethod(System.class, "currentTimeMillis")
          .orShould()
          .callMethod(java.time.Instant.class, "now");

  @Proves("TK-06")
  @ArchTest
  static final ArchRule secretsAreComparedInConstantTime =
      classes()
          .that(resideInAPackage("dev.wings..").and(simpleNameEndsWithSecretKind()))
          .should(notHaveOrdinaryEquals())
          .allowEmptyShould(true);

  @ArchTest
  static final ArchRule noStaticMutableState = fields().that().areStatic().should().beFinal();

  private static DescribedPredicate<JavaCall<?>> describe(
      String description, java.util.function.Predicate<JavaCall<?>> predicate) {
    return DescribedPredicate.describe(description, predicate);
  }

  private static DescribedPredicate<JavaClass> namedAnyOf(String... names) {
    return DescribedPredicate.describe(
        "are named one of " + String.join(", ", names),
        type -> java.util.Set.of(names).contains(type.getSimpleName()));
  }

  private static DescribedPredicate<JavaClass> simpleNameEndsWithSecretKind() {
    return DescribedPredicate.describe(
        "hold a secret",
        type -> java.util.Set.of("TokenKey", "NodeToken").contains(type.getSimpleName()));
  }

  private static ArchCondition<JavaClass> notHaveOrdinaryEquals() {
    return new ArchCondition<>("not define an ordinary equals") {
      @Override
      public void check(JavaClass type, ConditionEvents events) {
        boolean ordinary = type.tryGetMethod("equals", Object.class).isPresent() || type.isRecord();
        events.add(
            new SimpleConditionEvent(
                type, !ordinary, type.getName() + (ordinary ? " has equals" : " has no equals")));
      }
    };
  }
}
