namespace Wanwu.Things;

/// <summary>The table of identifier schemes: every scheme the platform knows, with its rule. A scheme is added by adding a row.</summary>
public static class IdentifierSchemes
{
    /// <summary>Every scheme, in the order in which people choose from them.</summary>
    public static readonly IReadOnlyList<IdentifierScheme> All =
    [
        Row("urn", "統一資源名稱", "统一资源名称", "Uniform Resource Name", "urn:namespace:name", "urn:example:station:7", "RFC 8141", InternetNames.Urn),
        Row("uuid", "通用唯一識別碼", "通用唯一识别码", "UUID",
            "8-4-4-4-12 lower-case hexadecimal digits; version and variant checked",
            "2ed6657d-e927-568b-95e1-2665a8aea6a2", "RFC 9562", InternetNames.Uuid),
        Row("eui64", "64 位元擴展唯一識別碼", "64 位扩展唯一标识符", "EUI-64 (LoRaWAN DevEUI)",
            "16 upper-case hexadecimal digits", "0004A30B001C0530", "IEEE 802c-2017", InternetNames.Eui64),
        Row("eui48", "MAC 位址", "MAC 地址", "EUI-48 (MAC address)",
            "12 upper-case hexadecimal digits; not a group address", "3456789ABCDE", "IEEE 802c-2017", InternetNames.Eui48),
        Row("oid", "物件識別碼", "对象标识符", "Object identifier (OID)",
            "numbers with dots between; the first two arcs bounded", "1.2.156.10197.1.501", "ITU-T X.660, GB/T 26231-2017", InternetNames.Oid),
        Row("gtin", "全球貿易項目代碼", "全球贸易项目代码", "GTIN",
            "14 digits, shorter ones zero-padded; check digit", "09506000134352", "GS1 General Specifications", Gs1Keys.Gtin),
        Row("sscc", "系列貨運包裝箱代碼", "系列货运包装箱代码", "SSCC", "18 digits; check digit", "106141411234567897", "GS1 General Specifications", Gs1Keys.Sscc),
        Row("gln", "全球位置碼", "全球位置码", "GLN", "13 digits; check digit", "0614141000012", "GS1 General Specifications", Gs1Keys.Gln),
        Row("grai", "全球可回收資產代碼", "全球可回收资产代码", "GRAI",
            "14 digits with check digit, then a serial up to 16 characters", "00614141234561A7", "GS1 General Specifications", Gs1Keys.Grai),
        Row("giai", "全球單個資產代碼", "全球单个资产代码", "GIAI",
            "company prefix and reference, up to 30 characters", "0614141PUMP-7", "GS1 General Specifications", Gs1Keys.Giai),
        Row("gsrn", "全球服務關係代碼", "全球服务关系代码", "GSRN", "18 digits; check digit", "061414112345678902", "GS1 General Specifications", Gs1Keys.Gsrn),
        Row("gdti", "全球文件類型代碼", "全球文件类型代码", "GDTI",
            "13 digits with check digit, then a serial up to 17 characters", "0614141234561D9", "GS1 General Specifications", Gs1Keys.Gdti),
        Row("gmn", "全球型號代碼", "全球型号代码", "GMN",
            "company prefix and model, then two check characters", "1987654Ad4X4bL5ttr2310c2K", "GS1 General Specifications", Gs1Keys.Gmn),
        Row("gs1-digital-link", "GS1 數位連結", "GS1 数字链接", "GS1 Digital Link",
            "https://id.gs1.org/ with key and qualifiers; check digits",
            "https://id.gs1.org/01/09506000134352/21/A7", "GS1 Digital Link URI Syntax 1.4", Gs1DigitalLink.Check),
        Row("epc", "產品電子代碼", "产品电子代码", "Electronic Product Code",
            "urn:epc:id: with its parts; SGTIN-96 tags are read",
            "urn:epc:id:sgtin:0614141.812345.6789", "GS1 EPC Tag Data Standard 1.13", ElectronicProductCodes.Check),
        Row("ecode", "物聯網統一標識 Ecode", "物联网统一标识 Ecode", "Ecode",
            "version 1 to 4, numbering system, master data", "1000712345678901234567890", "GB/T 31866-2023 (lengths of 2015)", ChinaCodes.Ecode),
        Row("handle", "Handle 標識", "Handle 标识", "Handle", "prefix/name", "88.111.1/4321", "RFC 3650", InternetNames.Handle),
        Row("vaa", "工業互聯網標識", "工业互联网标识", "Industrial internet identifier",
            "VAA, 14 digits, serial up to 33 characters",
            "VAA08810000000001123Ab.098", "ANSI MH10.8.2 15N, agency VAA", ChinaCodes.IndustrialInternet),
        Row("vin", "車輛識別代號", "车辆识别代号", "Vehicle identification number",
            "17 characters; check digit where China and the United States require it",
            "1M8GDM9AXKP042788", "GB 16735-2019, ISO 3779", DeviceNumbers.Vin),
        Row("imei", "國際行動設備識別碼", "国际移动设备识别码", "IMEI", "15 digits; Luhn digit", "490154203237518", "3GPP TS 23.003 §6.2.1", DeviceNumbers.Imei),
        Row("imeisv", "含軟體版本的 IMEI", "含软件版本的 IMEI", "IMEISV", "16 digits", "4901542032375101", "3GPP TS 23.003 §6.2.2", DeviceNumbers.ImeiSv),
        Row("iccid", "SIM 卡號", "SIM 卡号", "ICCID",
            "19 or 20 digits from 89; Luhn digit", "89014103211118510720", "ITU-T E.118", DeviceNumbers.Iccid),
        Row("eid", "嵌入式 SIM 識別碼", "嵌入式 SIM 标识", "EID (eSIM)",
            "32 digits from 89; modulo 97", "89049032123451234512345678901235", "GSMA SGP.29", DeviceNumbers.Eid),
        Row("uscc", "統一社會信用代碼", "统一社会信用代码", "Unified social credit code",
            "18 characters; both check characters", "91350100M000100Y43", "GB 32100-2015", ChinaCodes.CreditCode),
        Row("org-code", "組織機構代碼", "组织机构代码", "Organisation code",
            "9 characters; check digit", "D2143569X", "GB 11714-1997", ChinaCodes.OrganisationCode),
        Row("region", "行政區劃代碼", "行政区划代码", "Administrative division",
            "6, 9 or 12 digits; form only", "320214", "GB/T 2260, GB/T 10114", ChinaCodes.Region),
        Row("hj212-mn", "環保設備唯一標識 MN", "环保设备唯一标识 MN", "HJ 212 device number (MN)",
            "24 hexadecimal digits; 14 characters before 2017", "010000A8900016F000169DC0", "HJ 212-2017 §6.3", FieldNumbers.Hj212),
        Row("jt808-terminal", "車載終端號碼", "车载终端号码", "JT/T 808 terminal number",
            "up to 20 digits, zeros before them cut", "13800138000", "JT/T 808-2011, -2013, -2019", FieldNumbers.Jt808),
        Row("sl651-station", "水文遙測站地址", "水文遥测站地址", "SL 651 station address",
            "10 hexadecimal digits", "40590235C2", "SL 651-2014, SL 502", FieldNumbers.Sl651),
        Row("dlt645-address", "電表通信地址", "电表通信地址", "DL/T 645 meter address",
            "12 digits, most significant first", "202301234567", "DL/T 645-2007", FieldNumbers.Dlt645),
        Row("cjt188-address", "戶用計量儀表地址", "户用计量仪表地址", "CJ/T 188 meter address",
            "14 digits, maker first", "11110012345678", "CJ/T 188-2018", FieldNumbers.Cjt188),
        Row("obis", "OBIS 對象標識", "OBIS 对象标识", "OBIS code",
            "A-B:C.D.E*F, six numbers 0 to 255", "1-0:1.8.0*255", "IEC 62056-6-1", FieldNumbers.Obis),
        Row("ipv6", "IPv6 位址", "IPv6 地址", "IPv6 address",
            "lower case, zeros compressed", "fe80::3656:78ff:fe9a:bcde", "RFC 5952", InternetNames.Ipv6),
        Row("dev-urn", "設備 URN", "设备 URN", "Device URN",
            "urn:dev: mac, ow, org, os, ops", "urn:dev:ow:10e2073a01080063", "RFC 9039", InternetNames.DevUrn),
        Row("serial", "廠家序號", "厂家序列号", "Maker's serial number",
            "maker/number; the maker in lower case", "acme/A-10023", "none", FieldNumbers.Serial),
        Row("custom", "自訂名稱", "自定义名称", "Own name", "any text", "pump house 3 / probe 2", "none", FieldNumbers.FreeText),
    ];

    private static readonly Dictionary<string, IdentifierScheme> ByName = All.ToDictionary(static s => s.Name, StringComparer.OrdinalIgnoreCase);

    /// <summary>The names of all schemes, for messages.</summary>
    internal static readonly string Names = string.Join(", ", All.Select(static s => s.Name));

    /// <summary>The scheme of that name, whatever its case, or null.</summary>
    public static IdentifierScheme? Find(string? name) => name is not null && ByName.TryGetValue(name.Trim(), out var scheme) ? scheme : null;

    private static IdentifierScheme Row(
        string name, string zhHant, string zhHans, string en, string form, string example, string standard, IdentifierRule rule) =>
        new(name, LocalizedText.Of(zhHant, zhHans, en), form, example, standard, rule);
}
