from django import forms


class Filter(forms.Form):
    q = forms.CharField(
        label="名称或编号",
        required=False,
        widget=forms.TextInput(attrs={"type": "search", "placeholder": "名称、编号"}),
    )
    community = forms.ChoiceField(
        label="社区", required=False, choices=[("", "全部"), ("望海", "望海"), ("青松", "青松")]
    )
    line = forms.ChoiceField(
        label="条线", required=False, choices=[("", "全部"), ("执法", "综合行政执法中队")]
    )
    category = forms.ChoiceField(label="类别", required=False, choices=[("", "全部"), ("shop", "临街商铺")])
    state = forms.ChoiceField(label="今日", required=False, choices=[("", "全部"), ("open", "已营业")])


class Everything(forms.Form):
    name = forms.CharField(label="名称", help_text="与营业执照一致", max_length=20)
    phone = forms.CharField(label="电话", required=False)
    kind = forms.ChoiceField(label="类别", choices=[("a", "企业"), ("b", "临街商铺")])
    on = forms.DateField(label="日期", widget=forms.DateInput(attrs={"type": "date"}))
    scale = forms.ChoiceField(
        label="规模", choices=[("l", "大型"), ("m", "中型"), ("s", "小型")], widget=forms.RadioSelect
    )
    agree = forms.BooleanField(label="内容已核对", help_text="提交后会留下记录")
    note = forms.CharField(label="备注", required=False, widget=forms.Textarea(attrs={"rows": 2}))
    file = forms.FileField(label="企业台账文件", help_text=".xlsx，不超过 50 MB")


class Report(forms.Form):
    state = forms.ChoiceField(
        label="今天营业吗？",
        choices=[("open", "已营业"), ("part", "部分营业"), ("closed", "未营业")],
        widget=forms.RadioSelect,
    )
    staff = forms.IntegerField(
        label="到岗人数", min_value=0, max_value=20, widget=forms.NumberInput(attrs={"inputmode": "numeric"})
    )
    output = forms.DecimalField(
        label="今日产值", required=False, widget=forms.NumberInput(attrs={"inputmode": "decimal"})
    )
    measured = forms.BooleanField(label="全部测温，均低于 37.3℃", required=False)
    needs = forms.MultipleChoiceField(
        label="目前的困难",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=list(enumerate(("防疫物资", "员工返岗", "房租贷款", "物流运输", "原料供应", "客流订单"))),
    )
    note = forms.CharField(label="补充说明", required=False, widget=forms.Textarea(attrs={"rows": 2}))


class SignIn(forms.Form):
    username = forms.CharField(label="账号", widget=forms.TextInput(attrs={"autocomplete": "username"}))
    password = forms.CharField(
        label="密码", widget=forms.PasswordInput(attrs={"autocomplete": "current-password"})
    )
