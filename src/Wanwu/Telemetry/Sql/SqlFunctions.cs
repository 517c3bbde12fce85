using System.Collections.Frozen;

namespace Wanwu.Telemetry.Sql;

/// <summary>The functions a query may call: those that compute from their arguments alone, can be interrupted, and make nothing much larger than what they are given.</summary>
/// <remarks>
/// Left out on purpose (docs/adr/0007): whatever reads files, settings, catalogues or other queries; whatever makes long values of short ones in a single call,
/// which the memory limit does not see (repeat, lpad, range as a list, list_resize, format …); whatever a single call of may run for minutes (levenshtein, lambdas).
/// </remarks>
internal static class SqlFunctions
{
    private const string Operators = "+ - * / // % ** ^ & | << >> ~ || @ ^@ ->> <@ @> && ~~ !~~ ~~* !~~* ~~~ like_escape not_like_escape ilike_escape not_ilike_escape = !=";

    private const string Numbers = """
        abs acos acosh add asin asinh atan atan2 atanh bit_count cbrt ceil ceiling cos cosh cot degrees divide even exp factorial fdiv floor fmod gamma gcd greatest
        greatest_common_divisor isfinite isinf isnan lcm least least_common_multiple lgamma ln log log10 log2 mod multiply nextafter pi pow power radians random round
        round_even roundbankers sign signbit sin sinh sqrt subtract tan tanh trunc xor hash
        """;

    private const string Texts = """
        ascii chr char_length character_length concat concat_ws contains ends_with formatreadablesize formatreadabledecimalsize format_bytes instr lcase left left_grapheme len
        length length_grapheme lower ltrim md5 nfc_normalize octet_length ord position prefix regexp_extract regexp_full_match regexp_matches replace reverse right
        right_grapheme rtrim sha256 split_part starts_with str_split string_split string_to_array strip_accents strlen strpos substr substring substring_grapheme suffix
        translate trim ucase unicode upper
        """;

    private const string Times = """
        age ago century current_localtime current_localtimestamp date_add date_diff date_part date_sub date_trunc datediff datepart datesub datetrunc day dayname dayofmonth dayofweek
        dayofyear days_in_month decade epoch epoch_ms epoch_ns epoch_us era get_current_time get_current_timestamp hour isodow isoyear julian last_day make_date make_time make_timestamp
        make_timestamp_ms make_timestamp_ns make_timestamptz microsecond millennium millisecond minute month monthname nanosecond normalized_interval now quarter second
        strftime strptime time_bucket timezone timezone_hour timezone_minute to_centuries to_days to_decades to_hours to_microseconds to_millennia to_milliseconds to_minutes
        to_months to_quarters to_seconds to_timestamp to_weeks to_years today transaction_timestamp try_strptime week weekday weekofyear year yearweek
        """;

    private const string Choices = "alias if ifnull nullif typeof constant_or_null";

    /// <summary>Lists, maps, structures and JSON: made of what is written out, and read.</summary>
    private const string Nested = """
        list_value list_pack array_value row struct_pack struct_concat map array_extract list_extract list_element element_at list_slice array_slice list_contains list_has
        array_contains array_has list_position list_indexof array_position array_indexof list_has_all list_has_any array_has_all array_has_any list_distinct list_unique
        list_sort list_reverse_sort array_sort array_reverse_sort list_reverse array_reverse list_min list_max list_sum list_avg list_median list_mode list_first list_last
        list_any_value list_count list_stddev_pop list_stddev_samp list_var_pop list_var_samp list_bool_and list_bool_or list_product list_intersect array_intersect
        cardinality map_contains map_contains_entry map_contains_value map_entries map_extract map_extract_value map_keys map_values
        struct_extract struct_extract_at struct_keys struct_values struct_contains struct_has struct_position unnest
        json_extract json_extract_path json_extract_path_text json_extract_string json_value json_exists json_type json_valid json_array_length json_keys json_contains
        """;

    private const string Aggregates = """
        any_value approx_count_distinct approx_quantile arbitrary arg_max arg_max_null arg_max_nulls_last arg_min arg_min_null arg_min_nulls_last argmax argmin array_agg avg bit_and
        bit_or bit_xor bool_and bool_or corr count count_if count_star countif covar_pop covar_samp entropy favg first fsum geomean geometric_mean group_concat histogram
        kahan_sum kurtosis kurtosis_pop last list listagg mad max max_by mean median min min_by mode product quantile quantile_cont quantile_disc regr_avgx regr_avgy regr_count
        regr_intercept regr_r2 regr_slope regr_sxx regr_sxy regr_syy sem skewness stddev stddev_pop stddev_samp string_agg sum sum_no_overflow sumkahan var_pop var_samp
        variance wavg weighted_avg
        cume_dist dense_rank fill first_value lag last_value lead nth_value ntile percent_rank rank rank_dense row_number
        """;

    private static readonly FrozenSet<string> Names = string.Join(' ', Operators, Numbers, Texts, Times, Choices, Nested, Aggregates)
        .Split([' ', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries).ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    private static readonly FrozenSet<string> Tables = new[] { "range", "generate_series", "unnest" }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    /// <summary>Those that put values together: the answer may be as long as all arguments.</summary>
    private static readonly FrozenSet<string> Builders =
        new[] { "||", "concat", "concat_ws", "list_value", "list_pack", "array_value", "row", "struct_pack", "struct_concat", "map" }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    /// <summary>Those that gather rows into one value: that is long, and not to be multiplied much.</summary>
    private static readonly FrozenSet<string> Collectors =
        new[] { "string_agg", "listagg", "group_concat", "array_agg", "list", "histogram" }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    /// <summary>Those that make a list of a text, which takes several times its room.</summary>
    private static readonly FrozenSet<string> Splitters = new[] { "str_split", "string_split", "string_to_array" }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    public static IReadOnlySet<string> All => Names;

    /// <summary>How many times as much room as its arguments the result may take.</summary>
    public static long GrowthOf(string name) => Collectors.Contains(name) ? 1_000 : Splitters.Contains(name) ? 16 : 1;

    public static bool IsAllowed(string name) => Names.Contains(name);

    /// <summary>Whether it may stand where a table stands.</summary>
    public static bool IsTable(string name) => Tables.Contains(name);

    public static bool IsBuilder(string name) => Builders.Contains(name);
}
