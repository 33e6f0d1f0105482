using System.Collections.Concurrent;
using HandlebarsDotNet;
using Loyalty.Communications.V1;

namespace Loyalty.Communications.Templates;

/// <summary>What a person gets to read.</summary>
internal sealed record MailText(string Subject, string Text, string? Html);

/// <summary>A text that cannot be made: it names what is not declared, or is no Handlebars. The message holds no values.</summary>
internal sealed class TemplateFaultException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>Makes texts from templates; compiled ones are kept, a version never changes.</summary>
internal sealed class MailTexts
{
    private readonly ConcurrentDictionary<(string Name, int Version, string Locale), Compiled> compiled = [];

    /// <summary>The text in the language that fits best.</summary>
    /// <param name="template">Approved.</param>
    /// <param name="locale">BCP 47, empty when unknown.</param>
    /// <param name="variables">All that the template declares.</param>
    /// <exception cref="TemplateFaultException">It cannot be rendered with these variables.</exception>
    public MailText Render(Template template, string locale, IReadOnlyDictionary<string, string> variables)
    {
        var text = Fitting(template, locale);
        return compiled.GetOrAdd((template.Name, template.Version, text.Locale), static (_, text) => Compiled.From(text), text).Render(variables);
    }

    /// <summary>Tries every text of a new template with a value for each declared variable.</summary>
    /// <exception cref="TemplateFaultException">A text is no Handlebars or uses a variable that is not declared.</exception>
    public static void Check(TemplateText text, IEnumerable<string> variables) =>
        Compiled.From(text).Render(variables.ToDictionary(v => v, _ => "x", StringComparer.Ordinal));

    /// <summary>The same language and region, else the same language, else the first.</summary>
    internal static TemplateText Fitting(Template template, string locale)
    {
        var language = locale.Split('-')[0];
        return template.Texts.FirstOrDefault(t => string.Equals(t.Locale, locale, StringComparison.OrdinalIgnoreCase))
            ?? template.Texts.FirstOrDefault(t => string.Equals(t.Locale, language, StringComparison.OrdinalIgnoreCase))
            ?? template.Texts.FirstOrDefault(t => string.Equals(t.Locale.Split('-')[0], language, StringComparison.OrdinalIgnoreCase))
            ?? template.Texts[0];
    }

    private sealed record Compiled(
        HandlebarsTemplate<object, object> Subject, HandlebarsTemplate<object, object> Text, HandlebarsTemplate<object, object>? Html)
    {
        private static readonly IHandlebars Plain = Handlebars.Create(new HandlebarsConfiguration { NoEscape = true, ThrowOnUnresolvedBindingExpression = true });
        private static readonly IHandlebars Markup = Handlebars.Create(new HandlebarsConfiguration { ThrowOnUnresolvedBindingExpression = true });

        public static Compiled From(TemplateText text)
        {
            if (text.Html.Contains("{{{", StringComparison.Ordinal) || text.Html.Contains("{{&", StringComparison.Ordinal) || text.Html.Contains("{{~{", StringComparison.Ordinal))
                throw new TemplateFaultException("html: every variable is escaped; {{{ and {{& are not allowed");
            return new Compiled(
                Compile(Plain, "subject", text.Subject), Compile(Plain, "text", text.Text), text.Html.Length == 0 ? null : Compile(Markup, "html", text.Html));
        }

        public MailText Render(IReadOnlyDictionary<string, string> variables) => new(
            OneLine(Rendered("subject", Subject, variables)), Rendered("text", Text, variables), Html is null ? null : Rendered("html", Html, variables));

        private static HandlebarsTemplate<object, object> Compile(IHandlebars engine, string part, string source)
        {
            try
            {
                return engine.Compile(source);
            }
            catch (Exception e) // the engine has no common exception: undefined bindings and parse errors are types of their own
            {
                throw new TemplateFaultException($"{part}: {e.Message}", e);
            }
        }

        private static string Rendered(string part, HandlebarsTemplate<object, object> template, IReadOnlyDictionary<string, string> variables)
        {
            try
            {
                return template(variables);
            }
            catch (Exception e) // the engine has no common exception: undefined bindings and parse errors are types of their own
            {
                throw new TemplateFaultException($"{part}: {e.Message}", e);
            }
        }

        /// <summary>A value must not break out of the header; the longest that a mail takes is 500.</summary>
        private static string OneLine(string subject)
        {
            var line = string.Concat(subject.Select(c => char.IsControl(c) || c is '\u2028' or '\u2029' ? ' ' : c)).Trim();
            return line.Length <= 500 ? line : line[..(char.IsHighSurrogate(line[498]) ? 498 : 499)] + "…";
        }
    }
}
