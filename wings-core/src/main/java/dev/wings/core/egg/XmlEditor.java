package dev.wings.core.egg;

import dev.wings.core.ErrorKind;
import dev.wings.core.WingsException;
import dev.wings.core.definition.ProcessConfiguration.Replacement;
import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import javax.xml.XMLConstants;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import javax.xml.transform.OutputKeys;
import javax.xml.transform.Transformer;
import javax.xml.transform.TransformerException;
import javax.xml.transform.TransformerFactory;
import javax.xml.transform.dom.DOMSource;
import javax.xml.transform.stream.StreamResult;
import org.w3c.dom.DOMException;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.w3c.dom.Text;
import org.xml.sax.InputSource;
import org.xml.sax.SAXException;

/// Parser `xml` (`panel-remote-api.md` 6.13). Document types are refused, so nothing external is
/// ever resolved (`threats.md` CP-02).
final class XmlEditor implements Editor {
  private static final int MAX_DEPTH = 256;
  private static final String UNWRITABLE = "its new content cannot be written as XML";

  @Override
  public String edit(String content, List<Replacement> replacements, Placeholders placeholders) {
    try {
      Document document = parse(content.isBlank() ? "<root/>" : content);
      boolean changed = content.isBlank();
      Budget budget = new Budget();
      for (Replacement replacement : replacements) {
        String wanted = placeholders.text(replacement.replaceWith());
        changed |= apply(document, replacement, wanted, budget);
      }
      return changed ? checked(document) : content;
    } catch (SAXException | IOException malformed) {
      throw new WingsException(
          ErrorKind.INVALID, "no well-formed XML, or nested too deeply", malformed);
    } catch (DOMException badName) {
      throw new WingsException(ErrorKind.INVALID, "a path holds what is no XML name", badName);
    } catch (ParserConfigurationException broken) {
      throw new IllegalStateException("the JDK reads XML", broken);
    }
  }

  /// The text of a document, which must read as the same document.
  private static String checked(Document document)
      throws IOException, ParserConfigurationException {
    try {
      String text = render(document);
      String meant = meaning(document.getDocumentElement());
      if (meant.equals(meaning(parse(text).getDocumentElement()))) {
        return text;
      }
    } catch (SAXException | TransformerException unreadable) {
      throw new WingsException(ErrorKind.INVALID, UNWRITABLE, unreadable);
    }
    throw WingsException.invalid(UNWRITABLE);
  }

  /// Elements, attributes and text without the blanks that indentation adds.
  private static String meaning(Element element) {
    StringBuilder meaning = new StringBuilder("<").append(element.getTagName());
    for (int i = 0; i < element.getAttributes().getLength(); i++) {
      Node attribute = element.getAttributes().item(i);
      meaning
          .append('@')
          .append(attribute.getNodeName())
          .append('=')
          .append(attribute.getNodeValue());
    }
    StringBuilder text = new StringBuilder();
    for (Node node = element.getFirstChild(); node != null; node = node.getNextSibling()) {
      if (node instanceof Element child) {
        meaning.append('|').append(text.toString().strip()).append(meaning(child));
        text.setLength(0);
      } else if (node instanceof Text part) {
        text.append(part.getData());
      }
    }
    return meaning.append('|').append(text.toString().strip()).append('>').toString();
  }

  private static Document parse(String content)
      throws ParserConfigurationException, SAXException, IOException {
    DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
    factory.setFeature(XMLConstants.FEATURE_SECURE_PROCESSING, true);
    factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
    factory.setAttribute("jdk.xml.maxElementDepth", String.valueOf(MAX_DEPTH));
    factory.setExpandEntityReferences(false);
    var builder = factory.newDocumentBuilder();
    builder.setErrorHandler(null);
    return builder.parse(new InputSource(new StringReader(content)));
  }

  private static boolean apply(
      Document document, Replacement replacement, String wanted, Budget budget) {
    List<String> path =
        Arrays.stream(replacement.match().split("[./]")).filter(e -> !e.isEmpty()).toList();
    if (path.isEmpty()) {
      return false;
    }
    Gate gate = new Gate(replacement, true);
    boolean changed = false;
    for (Element element : find(document.getDocumentElement(), path, gate.inserts(), budget)) {
      changed |= put(element, gate, wanted);
    }
    return changed;
  }

  private static List<Element> find(
      Element root, List<String> path, boolean create, Budget budget) {
    if (path.size() > MAX_DEPTH) {
      throw new WingsException(ErrorKind.LIMIT, "a path has more than " + MAX_DEPTH + " elements");
    }
    boolean all = path.contains("*");
    List<Element> level = List.of(root);
    for (String name : path) {
      List<Element> next = new ArrayList<>();
      for (Element parent : level) {
        List<Element> children = children(parent, name);
        if (children.isEmpty() && create && !name.equals("*")) {
          budget.take(1);
          Element fresh = parent.getOwnerDocument().createElement(name);
          fresh.setUserData("fresh", true, null);
          parent.appendChild(fresh);
          next.add(fresh);
        } else {
          next.addAll(all || children.isEmpty() ? children : children.subList(0, 1));
        }
      }
      level = next;
    }
    return level;
  }

  private static List<Element> children(Element parent, String name) {
    List<Element> children = new ArrayList<>();
    for (Node node = parent.getFirstChild(); node != null; node = node.getNextSibling()) {
      if (node instanceof Element element
          && (name.equals("*") || element.getTagName().equals(name))) {
        children.add(element);
      }
    }
    return children;
  }

  private static boolean put(Element element, Gate gate, String wanted) {
    boolean fresh = Boolean.TRUE.equals(element.getUserData("fresh"));
    if (wanted.startsWith("@")) {
      int equals = wanted.indexOf('=');
      if (equals < 0) {
        return fresh;
      }
      String name = wanted.substring(1, equals);
      String present = element.hasAttribute(name) ? element.getAttribute(name) : null;
      Optional<String> value = gate.apply(present, wanted.substring(equals + 1));
      value.ifPresent(text -> element.setAttribute(name, text));
      return fresh || (value.isPresent() && !value.get().equals(present));
    }
    String present = element.getTextContent();
    Optional<String> value = gate.apply(fresh ? null : present, wanted);
    if (value.isEmpty() || (!fresh && value.get().equals(present))) {
      return fresh;
    }
    element.setTextContent(value.get());
    return true;
  }

  private static String render(Document document) throws TransformerException {
    stripBlanks(document.getDocumentElement());
    document.setXmlStandalone(true);
    TransformerFactory factory = TransformerFactory.newInstance();
    factory.setAttribute("indent-number", 2);
    Transformer transformer = factory.newTransformer();
    transformer.setOutputProperty(OutputKeys.INDENT, "yes");
    StringWriter text = new StringWriter();
    transformer.transform(new DOMSource(document), new StreamResult(text));
    return text.toString();
  }

  private static void stripBlanks(Element element) {
    boolean nests = !children(element, "*").isEmpty();
    for (Node node = element.getFirstChild(); node != null; ) {
      Node next = node.getNextSibling();
      if (node instanceof Element child) {
        stripBlanks(child);
      } else if (nests && node.getNodeType() == Node.TEXT_NODE && node.getNodeValue().isBlank()) {
        element.removeChild(node);
      }
      node = next;
    }
  }
}
