namespace Wanwu.Things;

/// <summary>A property of a model: what is measured or set (TD 1.1 §5.3.1.3).</summary>
public sealed record PropertyAffordance(PropertyName Name, DataSchema Schema)
{
    /// <summary>Whether changes can be subscribed to.</summary>
    public bool Observable { get; init; }
    /// <summary>How often it is reported in normal operation (<see cref="ModelTerms.ReportEvery"/>).</summary>
    public TimeSpan? ReportEvery { get; init; }
    /// <inheritdoc cref="ModelTerms.Tolerance"/>
    public double? Tolerance { get; init; }
    /// <inheritdoc cref="ModelTerms.SignificantDigits"/>
    public int? SignificantDigits { get; init; }
    /// <inheritdoc cref="ModelTerms.Counter"/>
    public bool Counter { get; init; }
    /// <inheritdoc cref="ModelTerms.Personal"/>
    public bool Personal { get; init; }
    /// <inheritdoc cref="ModelTerms.Sensitive"/>
    public bool Sensitive { get; init; }
    /// <summary>The class that the property itself says; <see cref="ThingModel.ClassOf"/> is what holds.</summary>
    public DataClass? DataClass { get; init; }
    /// <summary>How it is masked; null where the model says nothing of it, which is as <see cref="Masking.Remove"/>.</summary>
    public Masking? Mask { get; init; }
    /// <summary>Which values are plausible; null where the model says nothing of it.</summary>
    public Plausibility? Plausibility { get; init; }
    /// <summary>Whether a thing of this model may lack it (<c>tm:optional</c>, §9.3.4).</summary>
    public bool Optional { get; init; }

    public ValueKind Kind => Schema.Kind;
    public UcumUnit? Unit => Schema.Unit;
    public LocalizedText? Title => Schema.Title;
    public LocalizedText? Description => Schema.Description;
}

/// <summary>An action of a model: what a thing can be told to do (TD 1.1 §5.3.1.4).</summary>
public sealed record ActionAffordance(PropertyName Name)
{
    public LocalizedText? Title { get; init; }
    public LocalizedText? Description { get; init; }
    public DataSchema? Input { get; init; }
    public DataSchema? Output { get; init; }
    /// <summary>Whether it changes nothing in the thing.</summary>
    public bool Safe { get; init; }
    /// <summary>Whether doing it twice is as doing it once.</summary>
    public bool Idempotent { get; init; }
    public bool Optional { get; init; }
}

/// <summary>An event of a model: what a thing tells of its own accord (TD 1.1 §5.3.1.5).</summary>
public sealed record EventAffordance(PropertyName Name)
{
    public LocalizedText? Title { get; init; }
    public LocalizedText? Description { get; init; }
    public DataSchema? Data { get; init; }
    public DataSchema? Subscription { get; init; }
    public DataSchema? Cancellation { get; init; }
    public bool Optional { get; init; }
}

/// <summary>A link of a model to something else (TD 1.1 §5.3.4.1).</summary>
public sealed record ModelLink(string Href, string? Rel, string? Type);
