using System.Runtime.CompilerServices;
using Wanwu.Registry;
using Wanwu.Things;

namespace Wanwu.Security.Access;

/// <summary>Data classes as bits beside those of permissions, so that what several grants give adds up and is remembered as permissions are.</summary>
/// <remarks>One bit says that a class is seen in clear, another that personal values of the class are. A grant that gives a class has the bits of the lower ones too. Public and not personal needs none.</remarks>
internal static class ClassBits
{
    private const int First = 24, FirstPersonal = 27;

    /// <summary>Every class, personal values included.</summary>
    public const uint All = 0x7Fu << First;

    private static readonly ConditionalWeakTable<ModelEntry, ModelNeeds> Known = [];

    /// <summary>What a grant of that class lets see.</summary>
    public static uint Of(DataClass highest, bool withPersonal)
    {
        var bits = 0u;
        for (var level = DataClass.Public; level <= highest; level++) bits |= Bit(level, false) | (withPersonal ? Bit(level, true) : 0);
        return bits;
    }

    /// <summary>What it takes to see a property in clear.</summary>
    public static uint Of(ThingModel model, PropertyAffordance? property) => Bit(model.ClassOf(property), property is { Personal: true });

    public static bool IsSeen(uint needed, uint classes) => (needed & ~classes) == 0;

    /// <summary>What it takes to see all of a thing of that model in clear.</summary>
    public static uint NeedsOf(ModelEntry? model) => model is null ? Bit(DataClass.Internal, false) : NeedsOfModel(model).Needed;

    /// <summary>How things of the model are seen; worked out once for each set of bits.</summary>
    public static ThingSight SightOf(ModelEntry? model, uint classes)
    {
        if (model is null) return IsSeen(NeedsOf(null), classes) ? ThingSight.Clear : ThingSight.None;
        var needs = NeedsOfModel(model);
        if (IsSeen(needs.Needed, classes)) return ThingSight.Clear;
        ref var sight = ref needs.Sights[(classes & All) >> First];
        return Volatile.Read(ref sight) ?? (sight = ThingSight.Of(model, classes));
    }

    private static uint Bit(DataClass level, bool personal) => personal ? 1u << (FirstPersonal + (int)level) : level == DataClass.Public ? 0 : 1u << (First + (int)level - 1);

    private static ModelNeeds NeedsOfModel(ModelEntry model) => Known.GetValue(model, static known => new ModelNeeds(
        known.Properties.Aggregate(Of(known.Model, null), (bits, property) => bits | Of(known.Model, property.Affordance))));

    private sealed class ModelNeeds(uint needed)
    {
        public uint Needed { get; } = needed;
        public ThingSight?[] Sights { get; } = new ThingSight?[1 << 7];
    }
}
