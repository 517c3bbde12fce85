using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Wanwu.Registry.Store.Migrations
{
    /// <inheritdoc />
    public partial class DataClasses : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<byte>(
                name: "DataClass",
                table: "Grants",
                type: "INTEGER",
                nullable: false,
                defaultValue: (byte)1);

            migrationBuilder.AddColumn<string>(
                name: "LegalBasis",
                table: "Grants",
                type: "TEXT",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "Purpose",
                table: "Grants",
                type: "TEXT",
                nullable: true);

            // What there is has no class yet, so that internal sees it all; personal values stay in sight of whoever sees them today, and the list of grants says that nobody recorded why.
            migrationBuilder.Sql("UPDATE Grants SET Purpose = 'Granted before purposes were recorded', LegalBasis = 'unrecorded' WHERE Ended IS NULL;");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropColumn(
                name: "DataClass",
                table: "Grants");

            migrationBuilder.DropColumn(
                name: "LegalBasis",
                table: "Grants");

            migrationBuilder.DropColumn(
                name: "Purpose",
                table: "Grants");
        }
    }
}
