package dev.wings.daemon.api.files;

import static dev.wings.daemon.api.files.FileApi.SERVER;
import static dev.wings.daemon.api.files.FileApi.USER;
import static dev.wings.daemon.api.files.FileApi.encode;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wings.daemon.api.files.FileApi.Answer;
import dev.wings.daemon.http.TestConfig;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/// Every place of the file routes that takes a name, as requests with a name put in. What they need
/// beside it are `file`, a file, and `dir/deep`, a directory.
final class FileVerbs {
  /// A request that depends on a name.
  @FunctionalInterface
  interface Verb {
    Answer run(String name);
  }

  /// A request that takes many names.
  @FunctionalInterface
  interface ListVerb {
    Answer run(String root, Collection<String> names);
  }

  private final FileApi api;
  private final AtomicInteger unique = new AtomicInteger();
  private final List<String> ignored;

  /// @param ignored list of every request that takes one
  FileVerbs(FileApi api, String... ignored) {
    this.api = api;
    this.ignored = List.of(ignored);
  }

  /// Verbs that look.
  Map<String, Verb> reading() {
    Map<String, Verb> verbs = new LinkedHashMap<>();
    verbs.put("list", name -> get("/list?per_page=100&page=1&directory=" + encode(name)));
    verbs.put("list-directory", name -> get("/list-directory?directory=" + encode(name)));
    verbs.put("contents", name -> get("/contents?file=" + encode(name)));
    verbs.put("lines", name -> get("/lines?start_line=1&end_line=9&file=" + encode(name)));
    verbs.put("stat", name -> post("/stat", body("root", name).set("files", list("canary-7f3a"))));
    verbs.put("largest", name -> get("/largest-directories?directory=" + encode(name)));
    verbs.put("sizes", name -> get("/directory-sizes?directory=" + encode(name)));
    verbs.put("revisions", name -> get("/revisions?file=" + encode(name)));
    verbs.put(
        "fingerprints",
        name ->
            get("/fingerprints?algorithm=md5&files=canary-7f3a&files=file&root=" + encode(name)));
    verbs.put(
        "search",
        name ->
            post(
                "/search",
                body("root", name)
                    .put("per_page", 100)
                    .set(
                        "content_filter",
                        body("query", "secret").put("max_search_size", 1 << 20))));
    verbs.put("search names", name -> post("/search", body("root", name).put("query", "")));
    verbs.put("download file", name -> browser(downloadLink(name)));
    verbs.put(
        "download directory",
        name ->
            browser(downloadLink(name).replace("/file?", "/directory?") + "&archive_format=tar"));
    verbs.put("download files", name -> download(name, List.of("canary-7f3a", "file")));
    return verbs;
  }

  /// Verbs that change something.
  Map<String, Verb> writing() {
    Map<String, Verb> verbs = new LinkedHashMap<>();
    verbs.put("write", name -> write(name, BodyPublishers.ofString("mine")));
    verbs.put(
        "create-directory root",
        name -> post("/create-directory", body("root", name, "name", "n")));
    verbs.put(
        "create-directory name",
        name -> post("/create-directory", body("root", "/", "name", name)));
    verbs.put(
        "create-symlink root",
        name -> post("/create-symlink", body("root", name, "link", "l", "target", "/file")));
    verbs.put(
        "create-symlink link",
        name -> post("/create-symlink", body("root", "/", "link", name, "target", "/file")));
    verbs.put(
        "create-symlink target",
        name -> post("/create-symlink", body("root", "/", "link", fresh(), "target", name)));
    verbs.put("copy path", name -> post("/copy", body("path", name, "name", "/" + fresh())));
    verbs.put("copy name", name -> post("/copy", overwriting(body("path", "/file", "name", name))));
    verbs.put("copy tree", name -> post("/copy", overwriting(body("path", "/dir", "name", name))));
    verbs.put("copy-many root", name -> post("/copy-many", pairs(name, "file", "file2")));
    verbs.put("copy-many from", name -> post("/copy-many", pairs("", name, fresh())));
    verbs.put("copy-many to", name -> post("/copy-many", overwriting(pairs("", "file", name))));
    verbs.put("rename root", name -> put("/rename", pairs(name, "canary-7f3a", "taken")));
    verbs.put("rename from", name -> put("/rename", pairs("", name, fresh())));
    verbs.put("rename to", name -> put("/rename", pairs("", "file", name)));
    verbs.put("compress root", name -> post("/compress", compress(name, "/" + fresh(), "file")));
    verbs.put("compress name", name -> post("/compress", compress("/", name, "file")));
    verbs.put("compress files", name -> post("/compress", compress("/", fresh(), name)));
    verbs.put("decompress root", name -> post("/decompress", body("root", name, "file", "a.tar")));
    verbs.put("decompress file", name -> post("/decompress", body("root", "/", "file", name)));
    verbs.put("upload directory", name -> api.send(form(name, "uploaded")));
    verbs.put("upload name", name -> api.send(form("", name.replaceAll("[\"\r\n\0\\\\]", "_"))));
    verbs.put("slice directory", name -> api.send(slice(name, "canary-7f3a")));
    verbs.put("slice name", name -> api.send(slice("", name)));
    verbs.put(
        "slice offset", name -> api.send(api.builder(uploadLink("&file=" + encode(name))).HEAD()));
    verbs.put(
        "slice discard",
        name -> api.send(api.builder(uploadLink("&file=" + encode(name))).DELETE()));
    verbs.put(
        "chmod root",
        name ->
            post(
                "/chmod",
                body("root", name).set("files", list(mode("canary-7f3a"), mode("file")))));
    verbs.put("chmod", name -> post("/chmod", body("root", "").set("files", list(mode(name)))));
    verbs.put(
        "delete root",
        name -> post("/delete", body("root", name).set("files", list("canary-7f3a", "file"))));
    verbs.put("delete", name -> post("/delete", body("root", "").set("files", list(name))));
    return verbs;
  }

  /// Fetches a URL into a directory, or into a file of a name.
  Map<String, Verb> pulling(String url) {
    return Map.of(
        "pull root",
        name ->
            post(
                "/pull",
                body("root", name, "url", url, "file_name", "canary-7f3a").put("foreground", true)),
        "pull name",
        name ->
            post("/pull", body("root", "", "url", url, "file_name", name).put("foreground", true)));
  }

  /// Verbs that take lists.
  Map<String, ListVerb> lists() {
    Map<String, ListVerb> verbs = new LinkedHashMap<>();
    verbs.put("stat", (root, names) -> post("/stat", named(root, names)));
    verbs.put("download files", this::download);
    verbs.put(
        "fingerprints",
        (root, names) -> {
          StringBuilder query =
              new StringBuilder("/fingerprints?algorithm=md5&root=" + encode(root));
          names.stream()
              .filter(name -> name.length() < 1000)
              .limit(100)
              .forEach(name -> query.append("&files=").append(encode(name)));
          return get(query.toString());
        });
    verbs.put(
        "compress",
        (root, names) ->
            post("/compress", named(root, names).put("name", fresh()).put("format", "tar")));
    verbs.put("copy-many", (root, names) -> post("/copy-many", copies(root, names)));
    verbs.put("rename", (root, names) -> put("/rename", copies(root, names)));
    verbs.put("chmod", (root, names) -> post("/chmod", modes(root, names)));
    verbs.put("delete", (root, names) -> post("/delete", named(root, names)));
    return verbs;
  }

  private ObjectNode copies(String root, Collection<String> names) {
    ObjectNode body = body("root", root);
    names.forEach(name -> body.withArray("files").add(body("from", name, "to", fresh())));
    return body;
  }

  private static ObjectNode modes(String root, Collection<String> names) {
    ObjectNode body = body("root", root);
    names.forEach(name -> body.withArray("files").add(mode(name).put("recursive", true)));
    return body;
  }

  private static ObjectNode named(String root, Collection<String> names) {
    ObjectNode body = body("root", root);
    names.forEach(body.withArray("files")::add);
    return body;
  }

  private Answer download(String root, Collection<String> names) {
    String token =
        api.issuer.fileDownload(USER, SERVER, root, List.copyOf(names), Duration.ofMinutes(5));
    return browser("/download/files?archive_format=tar&token=" + token);
  }

  private Answer browser(String target) {
    return api.send(api.builder(target));
  }

  private Answer get(String target) {
    StringBuilder query = new StringBuilder(target);
    ignored.forEach(pattern -> query.append("&ignored=").append(encode(pattern)));
    return api.get(query.toString());
  }

  private Answer write(String file, BodyPublisher content) {
    StringBuilder query = new StringBuilder("/write?user=" + USER + "&file=" + encode(file));
    ignored.forEach(pattern -> query.append("&ignored=").append(encode(pattern)));
    return api.send(
        api.builder("/api/servers/" + SERVER + "/files" + query)
            .header("Authorization", "Bearer " + TestConfig.TOKEN)
            .POST(content));
  }

  private String uploadLink(String rest) {
    return api.uploadLink(rest, ignored.toArray(String[]::new));
  }

  private String downloadLink(String path) {
    return api.downloadLink(path);
  }

  Answer post(String target, JsonNode body) {
    return send("POST", target, body);
  }

  Answer put(String target, JsonNode body) {
    return send("PUT", target, body);
  }

  private Answer send(String method, String target, JsonNode body) {
    if (!ignored.isEmpty() && body instanceof ObjectNode document) {
      ignored.forEach(document.withArray("ignored")::add);
    }
    return api.call(method, target, body.toString());
  }

  /// A name that nothing has.
  String fresh() {
    return "fresh-" + unique.incrementAndGet();
  }

  /// A document with texts.
  ///
  /// @param members names and values in turn
  static ObjectNode body(String... members) {
    ObjectNode body = JsonNodeFactory.instance.objectNode();
    for (int i = 0; i < members.length; i += 2) {
      body.put(members[i], members[i + 1]);
    }
    return body;
  }

  static ArrayNode list(Object... elements) {
    ArrayNode array = JsonNodeFactory.instance.arrayNode();
    for (Object element : elements) {
      if (element instanceof ObjectNode node) {
        array.add(node);
      } else {
        array.add(element.toString());
      }
    }
    return array;
  }

  private static ObjectNode mode(String name) {
    return body("file", name, "mode", "777");
  }

  private static ObjectNode overwriting(ObjectNode body) {
    return body.put("overwrite", true);
  }

  private static ObjectNode pairs(String root, String from, String to) {
    ObjectNode body = body("root", root);
    body.withArray("files").add(body("from", from, "to", to));
    return body;
  }

  private static ObjectNode compress(String root, String name, String file) {
    ObjectNode body = body("root", root, "name", name, "format", "tar");
    body.withArray("files").add(file);
    return body;
  }

  private HttpRequest.Builder form(String directory, String name) {
    String form =
        "--b\r\nContent-Disposition: form-data; name=\"files\"; filename=\""
            + name
            + "\"\r\n\r\nmine\r\n--b--\r\n";
    return api.builder(uploadLink("&directory=" + encode(directory)))
        .header("Content-Type", "multipart/form-data; boundary=b")
        .POST(BodyPublishers.ofString(form));
  }

  private HttpRequest.Builder slice(String directory, String name) {
    return api.builder(uploadLink("&directory=" + encode(directory) + "&file=" + encode(name)))
        .header("Upload-Offset", "0")
        .header("Upload-Complete", "?1")
        .method("PATCH", BodyPublishers.ofString("mine"));
  }
}
