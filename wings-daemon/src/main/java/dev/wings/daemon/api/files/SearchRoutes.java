package dev.wings.daemon.api.files;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNullElse;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wings.core.WingsException;
import dev.wings.core.config.ApiConfig;
import dev.wings.core.operation.Progress;
import dev.wings.core.volume.FileWork;
import dev.wings.daemon.http.Access;
import dev.wings.daemon.http.ApiException;
import dev.wings.daemon.http.Request;
import dev.wings.daemon.http.Response;
import dev.wings.daemon.http.Route;
import dev.wings.fs.listing.DirectoryEntry;
import dev.wings.fs.search.FileSearch;
import dev.wings.fs.search.FoundFile;
import dev.wings.fs.search.SearchQuery;
import dev.wings.fs.tree.WalkCancelledException;
import dev.wings.fs.view.Location;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// Search for files (`http-api.md` 8.19), in the current form and in the older one.
final class SearchRoutes {
  private static final BigInteger MAX_LONG = BigInteger.valueOf(Long.MAX_VALUE);
  private static final Duration TIME_LIMIT = Duration.ofMinutes(5);

  /// More results than anybody reads; each is held until the answer is complete.
  private static final long MAX_RESULTS = 10_000;

  private static final long OLD_MAX_RESULTS = 500;
  private static final long OLD_RESULTS = 100;
  private static final long OLD_MAX_SIZE = 512 * 1024;
  private static final int OLD_HEAD_BYTES = 64;
  private static final int HEAD_BYTES = 128;

  private final FileContext context;

  SearchRoutes(FileContext context) {
    this.context = context;
  }

  List<Route> routes() {
    return List.of(
        Route.post(FileRoutes.FILES + "/search")
            .access(Access.NODE_TOKEN)
            .body(Route.Body.STRUCTURED)
            .summary("Finds files by name, size and content")
            .handle(this::search));
  }

  /// The older form.
  record ByText(
      @Nullable String root,
      @Nullable String query,
      @Nullable Boolean includeContent,
      @Nullable BigInteger limit,
      @Nullable BigInteger maxSize) {
    SearchQuery toQuery() {
      String text = requireNonNullElse(query, "");
      long limited = Math.min(OLD_MAX_RESULTS, unsigned(limit, "limit", OLD_RESULTS));
      SearchQuery wanted = SearchQuery.everything(limited).withPathText(text);
      if (includeContent == null || !includeContent) {
        return wanted;
      }
      return wanted.withContent(
          new SearchQuery.Content(
              bytes(text, "invalid query"),
              /* ignoreCase= */ true,
              unsigned(maxSize, "max_size", OLD_MAX_SIZE),
              /* includeUnread= */ false,
              OLD_HEAD_BYTES,
              Optional.empty()));
    }
  }

  record ByFilters(
      @Nullable String root,
      @Nullable PathRule pathFilter,
      @Nullable SizeRule sizeFilter,
      @Nullable ContentRule contentFilter,
      @Nullable ContextRule matchContext,
      @Nullable BigInteger perPage) {
    ByFilters {
      BodyFields.required(perPage, "per_page");
    }

    SearchQuery toQuery(ApiConfig.FileSearchContext limits) {
      SearchQuery wanted =
          SearchQuery.everything(Math.min(MAX_RESULTS, unsigned(perPage, "per_page", 0)));
      if (pathFilter != null) {
        wanted =
            wanted.withPaths(
                requireNonNullElse(pathFilter.include(), List.of()),
                requireNonNullElse(pathFilter.exclude(), List.of()),
                BodyFields.flag(pathFilter.caseInsensitive(), false));
      }
      if (sizeFilter != null) {
        wanted =
            wanted.withSizes(
                unsigned(sizeFilter.min(), "size_filter.min", 0),
                unsigned(sizeFilter.max(), "size_filter.max", 0));
      }
      if (matchContext != null && (contentFilter == null || contentFilter.empty())) {
        throw WingsException.invalid("match context requires a nonempty content query");
      }
      return contentFilter == null
          ? wanted
          : wanted.withContent(contentFilter.toContent(matchContext, limits));
    }
  }

  record PathRule(
      @Nullable List<String> include,
      @Nullable List<String> exclude,
      @Nullable Boolean caseInsensitive) {}

  /// @param max the sizes are below it
  record SizeRule(@Nullable BigInteger min, @Nullable BigInteger max) {
    SizeRule {
      BodyFields.required(max, "size_filter.max");
    }
  }

  record ContentRule(
      @Nullable String query,
      @Nullable BigInteger maxSearchSize,
      @Nullable Boolean includeUnmatched,
      @Nullable Boolean caseInsensitive) {
    ContentRule {
      BodyFields.required(query, "content_filter.query");
      BodyFields.required(maxSearchSize, "content_filter.max_search_size");
    }

    boolean empty() {
      return requireNonNullElse(query, "").isEmpty();
    }

    SearchQuery.Content toContent(@Nullable ContextRule lines, ApiConfig.FileSearchContext limits) {
      return new SearchQuery.Content(
          bytes(requireNonNullElse(query, ""), "invalid content query"),
          BodyFields.flag(caseInsensitive, false),
          unsigned(maxSearchSize, "content_filter.max_search_size", 0),
          BodyFields.flag(includeUnmatched, false),
          HEAD_BYTES,
          Optional.ofNullable(lines).map(rule -> rule.toContext(limits)));
    }
  }

  /// Lines around each match.
  record ContextRule(
      @Nullable BigInteger before, @Nullable BigInteger after, @Nullable BigInteger maxMatches) {
    ContextRule {
      BodyFields.required(before, "match_context.before");
      BodyFields.required(after, "match_context.after");
      BodyFields.required(maxMatches, "match_context.max_matches");
    }

    SearchQuery.Context toContext(ApiConfig.FileSearchContext limits) {
      long matches = unsigned(maxMatches, "match_context.max_matches", 0);
      if (matches < 1) {
        throw WingsException.invalid("match_context.max_matches must be at least 1");
      }
      if (matches > limits.maxMatches()) {
        throw WingsException.invalid("match count exceeds the configured context search limit");
      }
      return new SearchQuery.Context(
          unsigned(before, "match_context.before", 0),
          unsigned(after, "match_context.after", 0),
          matches,
          Math.max(0, limits.maxResponseSize()));
    }
  }

  /// Numbers of 64 bits without sign, those above [Long#MAX_VALUE] taken for that.
  private static long unsigned(@Nullable BigInteger value, String name, long otherwise) {
    if (value == null) {
      return otherwise;
    }
    if (value.signum() < 0) {
      throw WingsException.invalid(name + " must be an unsigned number");
    }
    return value.min(MAX_LONG).longValueExact();
  }

  private static byte[] bytes(String text, String refusal) {
    byte[] bytes = text.getBytes(UTF_8);
    if (bytes.length > SearchQuery.MAX_TEXT_BYTES) {
      throw WingsException.invalid(refusal);
    }
    return bytes;
  }

  private Response search(Request request) throws IOException, InterruptedException {
    ApiConfig config = context.config().current().api();
    String root;
    SearchQuery query;
    boolean shown = false;
    if (request.document().path("query").isTextual()) {
      ByText body = request.body(ByText.class);
      root = requireNonNullElse(body.root(), "");
      query = body.toQuery();
    } else {
      ByFilters body = request.body(ByFilters.class);
      root = requireNonNullElse(body.root(), "");
      query = body.toQuery(config.fileSearchContext());
      shown = body.matchContext() != null;
    }
    FileRequest files = FileRequest.ofBody(context, request, "root is not a directory");
    Progress progress = new Progress();
    long begin = System.nanoTime();
    BooleanSupplier cancelled =
        () ->
            request.clientGone()
                || System.nanoTime() - begin > TIME_LIMIT.toNanos()
                || Thread.currentThread().isInterrupted();
    try {
      ObjectNode answer =
          request
              .server()
              .onFiles(
                  FileWork.Kind.HEAVY,
                  () -> progress.files() + progress.bytes(),
                  () -> find(files, root, query, config.fileSearchThreads(), progress, cancelled));
      if (!shown) {
        answer.remove("content_matches");
      }
      return Response.ok(answer);
    } catch (WalkCancelledException ended) {
      throw new ApiException(417, "search took too long");
    }
  }

  private ObjectNode find(
      FileRequest files,
      String root,
      SearchQuery query,
      int threads,
      Progress progress,
      BooleanSupplier cancelled)
      throws IOException {
    Location directory = files.locateDirectory(root);
    if (directory.hiddenFromReading() || !Files.isDirectory(directory.path())) {
      throw files.notFound();
    }
    List<FoundFile> found = FileSearch.run(directory, query, threads, progress, cancelled);
    ObjectNode answer = JsonNodeFactory.instance.objectNode();
    ArrayNode results = answer.putArray("results");
    ArrayNode matches = answer.putArray("content_matches");
    for (FoundFile file : found) {
      Optional<DirectoryEntry> entry = context.entries().find(directory.resolve(file.path()));
      if (entry.isPresent()) { // else it vanished since
        results.add(entry.get().named(file.path()).toJson());
        file.matches().ifPresent(shown -> matches.add(document(file.path(), shown)));
      }
    }
    return answer;
  }

  private static ObjectNode document(String path, FoundFile.Matches matches) {
    ObjectNode document =
        JsonNodeFactory.instance
            .objectNode()
            .put("file", path)
            .put("truncated", matches.truncated());
    ArrayNode blocks = document.putArray("blocks");
    for (FoundFile.Block block : matches.blocks()) {
      ObjectNode node =
          blocks
              .addObject()
              .put("start_line", block.startLine())
              .put("end_line", block.endLine())
              .put("content", block.content());
      ArrayNode spans = node.putArray("matches");
      for (FoundFile.Span span : block.spans()) {
        spans.addObject().put("start_byte", span.start()).put("end_byte", span.end());
      }
    }
    return document;
  }
}
